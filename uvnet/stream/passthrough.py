"""PassThrough: the transform that changes nothing. Node: lib/internal/streams/passthrough.js"""

from __future__ import annotations

from typing import Any

from uvnet.stream.transform import Callback, Transform


class PassThrough(Transform):
    """Gives out every chunk as it came in: a tap for tests, or a joint between two pipes."""

    __slots__ = ()

    def _transform(self, chunk: Any, encoding: str, callback: Callback) -> None:
        callback(None, chunk)
