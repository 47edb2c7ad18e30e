"""duplex_pair: two streams, each of which reads what is written to the other.

Node: lib/internal/streams/duplexpair.js
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from uvnet._core import current_loop
from uvnet.errors import ERR_STREAM_DESTROYED
from uvnet.stream.duplex import Duplex


class DuplexSide(Duplex):
    """One side of a pair. A write is over once the other side has room for more."""

    _other: DuplexSide | None = None
    _held: Callable[[], object] | None = None

    def _read(self, size: int) -> None:
        self._go_on()

    def _go_on(self) -> None:
        """Tell the other side that there is room for more."""
        if (callback := self._held) is not None:
            self._held = None
            callback()

    def _write(self, chunk: Any, encoding: str, callback: Callable[..., object]) -> None:
        other = self._other
        assert other is not None and other._held is None
        if other.destroyed:
            current_loop().next_tick(callback, ERR_STREAM_DESTROYED("write"))
        elif not self.writable_object_mode and not chunk:
            current_loop().next_tick(callback)
        else:
            other.push(chunk)
            other._held = callback

    def _final(self, callback: Callable[..., object]) -> None:
        other = self._other
        assert other is not None
        if other.destroyed:
            callback()
            return

        def read_to_the_end(*args: object) -> None:
            other.remove_listener("end", read_to_the_end)
            other.remove_listener("close", read_to_the_end)
            callback()

        other.on("end", read_to_the_end)
        other.on("close", read_to_the_end)
        other.push(None)

    def _destroy(
        self, error: Exception | None, callback: Callable[[Exception | None], object]
    ) -> None:
        loop = current_loop()
        other = self._other
        # Nothing will be read on this side, and nothing more comes from it: no write waits on.
        loop.next_tick(self._go_on)
        if other is not None:
            loop.next_tick(other._go_on)
            if not other.destroyed:
                loop.next_tick(other._left_alone, error)
        callback(error)

    def _left_alone(self, error: Exception | None) -> None:
        """End, as the other side was destroyed; its error is its own, and this one just closes."""
        if self.destroyed:
            return
        if error is not None:
            self.destroy()
        else:
            self.push(None)


def duplex_pair(**options: Any) -> tuple[Duplex, Duplex]:
    """Make two streams that are connected back to back.

    Args:
        **options: Those of Duplex, for both.

    Returns:
        The two sides. What is written to one is read from the other; ending one ends the other's
        readable side; destroying one ends the other's readable side too, and destroys it if there
        was an error.

    Node: stream.duplexPair.
    """
    one, two = DuplexSide(**options), DuplexSide(**options)
    one._other, two._other = two, one
    return one, two
