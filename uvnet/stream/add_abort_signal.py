"""add_abort_signal: destroy a stream when a signal says so.

Node: lib/internal/streams/add-abort-signal.js
"""

from __future__ import annotations

from typing import Any, TypeVar

from uvnet import abort
from uvnet.abort import AbortSignal
from uvnet.errors import ERR_INVALID_ARG_TYPE, AbortError
from uvnet.stream.finished import finished
from uvnet.stream.state import Stream
from uvnet.stream.utils import is_stream

_S = TypeVar("_S", bound=Stream)


def add_abort_signal(signal: AbortSignal, stream: _S) -> _S:
    """Destroy `stream` with an AbortError once `signal` is aborted.

    Args:
        signal: Of an AbortController. If it is aborted already, the stream is destroyed at once.
        stream: Any stream. The signal lets go of it when it is done.

    Returns:
        The stream.

    Raises:
        ERR_INVALID_ARG_TYPE: One of the two is something else.

    Node: stream.addAbortSignal.
    """
    abort.validate(signal, "signal")
    if not is_stream(stream) or not hasattr(stream, "destroy"):
        raise ERR_INVALID_ARG_TYPE("stream", "Stream", stream)

    target: Any = stream

    def on_abort() -> None:
        target.destroy(AbortError(cause=signal.reason))

    if signal.aborted:
        on_abort()
    else:
        signal.add_listener(on_abort)
        finished(stream, lambda error: signal.remove_listener(on_abort))
    return stream
