"""Every error that uvnet raises, emits or passes to a callback.

Three kinds, each with a `code` for programs and Node's message for people:

- Misuse: classes named by their code, such as ERR_INVALID_ARG_TYPE. Each is a TypeError, a
  ValueError or a RuntimeError too.
- A system call that failed: UVError, an OSError with `errno`, `syscall`, `address` and `port`. Each
  is also the builtin exception of its errno: ConnectionRefusedError, say. For those errnos there
  are classes named by the code: errors.ECONNREFUSED.
- What comes from several or from nowhere: AggregateError, AbortError.
"""

from __future__ import annotations

from uvnet.errors import _system
from uvnet.errors._aggregate import AggregateError, aggregate_two_errors
from uvnet.errors._codes import (
    ERR_ILLEGAL_CONSTRUCTOR,
    ERR_INVALID_ADDRESS,
    ERR_INVALID_ADDRESS_FAMILY,
    ERR_INVALID_ARG_TYPE,
    ERR_INVALID_ARG_VALUE,
    ERR_INVALID_FD,
    ERR_INVALID_FD_TYPE,
    ERR_INVALID_HANDLE_TYPE,
    ERR_INVALID_IP_ADDRESS,
    ERR_INVALID_RETURN_VALUE,
    ERR_INVALID_STATE,
    ERR_IP_BLOCKED,
    ERR_METHOD_NOT_IMPLEMENTED,
    ERR_MISSING_ARGS,
    ERR_MULTIPLE_CALLBACK,
    ERR_OUT_OF_RANGE,
    ERR_SERVER_ALREADY_LISTEN,
    ERR_SERVER_NOT_RUNNING,
    ERR_SOCKET_BAD_PORT,
    ERR_SOCKET_CLOSED,
    ERR_SOCKET_CLOSED_BEFORE_CONNECTION,
    ERR_SOCKET_CONNECTION_TIMEOUT,
    ERR_SOCKET_HANDLE_ADOPTED,
    ERR_STREAM_ALREADY_FINISHED,
    ERR_STREAM_CANNOT_PIPE,
    ERR_STREAM_DESTROYED,
    ERR_STREAM_NULL_VALUES,
    ERR_STREAM_PREMATURE_CLOSE,
    ERR_STREAM_PUSH_AFTER_EOF,
    ERR_STREAM_UNABLE_TO_PIPE,
    ERR_STREAM_UNSHIFT_AFTER_END_EVENT,
    ERR_STREAM_WRITE_AFTER_END,
    ERR_UNHANDLED_ERROR,
    ERR_UNKNOWN_ENCODING,
    AbortError,
    AbortTimeoutError,
    Error,
)
from uvnet.errors._system import DNSError, SocketEnded, UVError, uv_error, uv_error_with_text

__all__ = [
    "ERR_ILLEGAL_CONSTRUCTOR",
    "ERR_INVALID_ADDRESS",
    "ERR_INVALID_ADDRESS_FAMILY",
    "ERR_INVALID_ARG_TYPE",
    "ERR_INVALID_ARG_VALUE",
    "ERR_INVALID_FD",
    "ERR_INVALID_FD_TYPE",
    "ERR_INVALID_HANDLE_TYPE",
    "ERR_INVALID_IP_ADDRESS",
    "ERR_INVALID_RETURN_VALUE",
    "ERR_INVALID_STATE",
    "ERR_IP_BLOCKED",
    "ERR_METHOD_NOT_IMPLEMENTED",
    "ERR_MISSING_ARGS",
    "ERR_MULTIPLE_CALLBACK",
    "ERR_OUT_OF_RANGE",
    "ERR_SERVER_ALREADY_LISTEN",
    "ERR_SERVER_NOT_RUNNING",
    "ERR_SOCKET_BAD_PORT",
    "ERR_SOCKET_CLOSED",
    "ERR_SOCKET_CLOSED_BEFORE_CONNECTION",
    "ERR_SOCKET_CONNECTION_TIMEOUT",
    "ERR_SOCKET_HANDLE_ADOPTED",
    "ERR_STREAM_ALREADY_FINISHED",
    "ERR_STREAM_CANNOT_PIPE",
    "ERR_STREAM_DESTROYED",
    "ERR_STREAM_NULL_VALUES",
    "ERR_STREAM_PREMATURE_CLOSE",
    "ERR_STREAM_PUSH_AFTER_EOF",
    "ERR_STREAM_UNABLE_TO_PIPE",
    "ERR_STREAM_UNSHIFT_AFTER_END_EVENT",
    "ERR_STREAM_WRITE_AFTER_END",
    "ERR_UNHANDLED_ERROR",
    "ERR_UNKNOWN_ENCODING",
    "AbortError",
    "AbortTimeoutError",
    "AggregateError",
    "DNSError",
    "Error",
    "SocketEnded",
    "UVError",
    "aggregate_two_errors",
    "uv_error",
    "uv_error_with_text",
]

# Tracebacks, reprs and pickles name them by where users find them.
for _name in __all__:
    globals()[_name].__module__ = __name__

# The class of each errno that Python has an exception for.
globals().update({_cls.__name__: _cls for _cls in _system.classes.values()})
