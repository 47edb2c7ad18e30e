"""Several errors at once."""

from __future__ import annotations

from collections.abc import Sequence


class AggregateError(ExceptionGroup[Exception]):
    """Several errors, none of which is the cause of another: every address refused, say.

    It is an exception group: `except* ConnectionRefusedError` looks inside.

    Attributes:
        code: That of the first error, or None.

    Args:
        errors: At least one.
        message: A text of its own; by default none, and str() then has the errors' texts.

    Raises:
        ValueError: There are no errors.
        TypeError: One of them is no Exception.
    """

    code: str | None

    def __new__(cls, errors: Sequence[Exception], message: str = "") -> AggregateError:
        return super().__new__(cls, message, errors)

    def __init__(self, errors: Sequence[Exception], message: str = "") -> None:
        # What args are set to, and pickle gives back: the base class takes its own two in __new__.
        super().__init__(errors, message)  # type: ignore[arg-type]
        self.code = getattr(errors[0], "code", None)

    @property
    def errors(self) -> tuple[Exception, ...]:
        """The errors, in order; the same as `exceptions`."""
        return self.exceptions

    def derive(  # type: ignore[override]
        self, excs: Sequence[Exception], /
    ) -> AggregateError:
        """Return one like it with these errors, for split() and `except*`: excs."""
        return AggregateError(excs, self.message)

    def __str__(self) -> str:
        return self.message or "; ".join(map(str, self.exceptions))


def aggregate_two_errors(inner: Exception | None, outer: Exception | None) -> Exception | None:
    """Put two errors into one. (Node: aggregateTwoErrors)

    Args:
        inner: One that came up while `outer` was on its way.
        outer: The earlier one, whose text and code the result has.

    Returns:
        An AggregateError of both, or the one that is there, or None.
    """
    if inner is None or outer is None or inner is outer:
        return inner or outer
    if isinstance(outer, AggregateError):
        return AggregateError([*outer.errors, inner], outer.message)
    return AggregateError([outer, inner], str(outer))
