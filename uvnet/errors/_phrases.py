"""How messages name a value, and what was expected instead of it."""

from __future__ import annotations

import builtins
from collections.abc import Sequence

_Scalar = (str, int, float, bool, complex)

# What is a type rather than a class to be an instance of: Python's own, in lower case, and the
# words of Node's messages.
_TYPES = {
    *(
        name
        for name in vars(builtins)
        if name.islower() and isinstance(getattr(builtins, name), type)
    ),
    *("string", "number", "boolean", "function", "callable"),
}


def shown(value: object, limit: int) -> str:
    """Return the repr of `value`, cut where it is longer than `limit` characters.

    Whatever the value does in its __repr__: what a message is about must not hide the message.
    """
    try:
        text = repr(value)
    except Exception:
        text = object.__repr__(value)
    return text if len(text) <= limit else text[:limit] + "..."


def received(value: object) -> str:
    """Return what a value is: `None`, `type int (5)`, `an instance of Foo`, `function f`."""
    if value is None:
        return "None"
    if isinstance(value, type):
        return f"class {value.__name__}"
    if callable(value) and isinstance(name := getattr(value, "__name__", None), str):
        return f"function {name}"
    kind = type(value)
    if kind not in _Scalar:
        return f"an instance of {kind.__name__}"
    if isinstance(value, str) and len(value) > 28:
        value = value[:25] + "..."  # inside the quotes
    text = shown(value, 128)
    if len(text) > 28 and kind is not str:
        text = text[:25] + "..."
    return f"type {kind.__name__} ({text})"


def series(words: Sequence[str], conjunction: str) -> str:
    """Join words: `a`, `a or b`, `a, b, or c`."""
    if len(words) > 2:
        return f"{', '.join(words[:-1])}, {conjunction} {words[-1]}"
    return f" {conjunction} ".join(words)


def expectation(expected: str | Sequence[str]) -> str:
    """Return what a value must be: `of type str or an instance of Foo`."""
    words = [expected] if isinstance(expected, str) else list(expected)
    types = [word for word in words if word in _TYPES]
    classes = [w for w in words if w[:1].isupper() and w.isalnum() and w != "None"]
    others = [word for word in words if word not in types and word not in classes]
    parts = []
    if types:
        parts.append(("one of type " if len(types) > 1 else "of type ") + series(types, "or"))
    if classes:
        parts.append("an instance of " + series(classes, "or"))
    if len(others) > 1:
        parts.append("one of " + series(others, "or"))
    elif others:
        article = "an " if others[0][:1].isupper() and others[0] != "None" else ""
        parts.append(article + others[0])
    return " or ".join(parts)
