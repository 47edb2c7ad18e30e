"""The errors that have a code of Node's: each class is a row of a table.

A row says by its name what the code is, by its base which of Python's exceptions it is, and by its
template what the message is. JavaScript's TypeError is a TypeError here, its RangeError a
ValueError, and its Error a RuntimeError. (Node: lib/internal/errors.js)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from uvnet.errors._phrases import expectation, received, series, shown


def restore(cls: type[Exception], args: tuple[Any, ...]) -> Exception:
    """Make an exception from its `args`, as pickle wants it, past a constructor with others."""
    error = cls.__new__(cls)
    if isinstance(error, OSError):
        OSError.__init__(error, *args)
    else:
        error.args = args
    return error


class Error(Exception):
    """Base of the errors with a code of Node's; each is one of Python's own exceptions, too.

    Attributes:
        code: What the error is, for programs: the name of its class, mostly.
        template: What the message is made of, by str.format() from the constructor's arguments.
    """

    code: str = ""
    template: str = "{}"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.__name__.startswith("ERR_"):
            cls.code = cls.__name__

    def __init__(self, *args: object) -> None:
        super().__init__(self.template.format(*args))

    def __reduce__(self) -> tuple[Callable[..., Exception], tuple[Any, ...], dict[str, Any]]:
        return restore, (type(self), self.args), self.__dict__


class Fixed(Error):
    """An error that takes no arguments."""

    def __init__(self) -> None:
        super(Error, self).__init__(self.template)  # which needs no format()


class About(Error):
    """An error that takes the one thing it is about."""

    def __init__(self, subject: object, /) -> None:
        super().__init__(subject)


# --------------------------------------------------------------------- arguments


class ERR_INVALID_ARG_TYPE(Error, TypeError):
    """An argument is of a wrong type.

    Args:
        name: The argument; with a dot in it, a property.
        expected: The types and classes that it may be of, or other words for what it must be.
        actual: What it is.
    """

    template = "The {} must be {}. Received {}"

    def __init__(self, name: str, expected: str | Sequence[str], actual: object) -> None:
        if not name.endswith(" argument"):
            name = f'"{name}" {"property" if "." in name else "argument"}'
        super().__init__(name, expectation(expected), received(actual))


class ERR_INVALID_ARG_VALUE(Error, TypeError):
    """An argument is of the right type, but its value makes no sense.

    Args:
        name: The argument; with a dot in it, a property.
        value: What it is.
        reason: What is wrong with it, or what it must be.
    """

    template = "The {} '{}' {}. Received {}"

    def __init__(self, name: str, value: object, reason: str = "is invalid") -> None:
        kind = "property" if "." in name else "argument"
        super().__init__(kind, name, reason, shown(value, 128))


class ERR_OUT_OF_RANGE(Error, ValueError):
    """A number is too small, too large, or no integer.

    Args:
        name: The argument.
        range: What it must be: `>= 0 && <= 65535`.
        received: What it is.
    """

    template = 'The value of "{}" is out of range. It must be {}. Received {}'

    def __init__(self, name: str, range: str, received: object) -> None:
        text = shown(received, 128)
        if isinstance(received, int) and 2**32 < abs(received) < 2**128:  # readable at all
            text = f"{received:_}"
        super().__init__(name, range, text)


class ERR_SOCKET_BAD_PORT(Error, ValueError):
    """A port is no number from 0, or 1, to 65535.

    Args:
        name: The argument.
        port: What it is.
        allow_zero: Whether 0 would do.
    """

    template = "{} should be {} 0 and < 65536. Received {}."

    def __init__(self, name: str, port: object, allow_zero: bool = True) -> None:
        super().__init__(name, ">=" if allow_zero else ">", received(port))


class ERR_MISSING_ARGS(Error, TypeError):
    """Arguments are missing.

    Args:
        names: Each an argument, or several of which one would do.
    """

    template = "The {} argument{} must be specified"

    def __init__(self, *names: str | Sequence[str]) -> None:
        quoted = [
            f'"{name}"' if isinstance(name, str) else " or ".join(f'"{each}"' for each in name)
            for name in names
        ]
        super().__init__(series(quoted, "and"), "" if len(names) == 1 else "s")


class ERR_INVALID_RETURN_VALUE(Error, TypeError):
    """A function of the user returned what it may not.

    Args:
        input: What was expected.
        name: The function.
        value: What it returned.
    """

    template = 'Expected {} to be returned from the "{}" function but got {}.'

    def __init__(self, input: str, name: str, value: object) -> None:
        super().__init__(input, name, received(value))


class ERR_UNKNOWN_ENCODING(About, TypeError):
    """There is no such encoding; its argument is the name."""

    template = "Unknown encoding: {}"


class ERR_ILLEGAL_CONSTRUCTOR(Fixed, TypeError):
    """A class is not for users to call."""

    template = "Illegal constructor"


class ERR_METHOD_NOT_IMPLEMENTED(About, RuntimeError):
    """A subclass must define this method; its argument is the name, as in `_read()`."""

    template = "The {} method is not implemented"


class ERR_INVALID_STATE(About, RuntimeError):
    """Not now; its argument says what is in the way."""

    template = "Invalid state: {}"


class ERR_MULTIPLE_CALLBACK(Fixed, RuntimeError):
    """The user called a callback again."""

    template = "Callback called multiple times"


class ERR_UNHANDLED_ERROR(Error, RuntimeError):
    """An 'error' event without a listener, with something that is no exception.

    Attributes:
        context: What it came with.
    """

    template = "Unhandled error. ({})"

    def __init__(self, value: object = None) -> None:
        super().__init__(shown(value, 128))
        self.context = value


# ------------------------------------------------------------------ descriptors, addresses


class ERR_INVALID_FD(About, ValueError):
    """A descriptor is negative; its argument is the number."""

    template = '"fd" must be a positive integer: {}'


class ERR_INVALID_FD_TYPE(About, TypeError):
    """A descriptor is neither a TCP socket nor a pipe; its argument is what it is."""

    template = "Unsupported fd type: {}"


class ERR_INVALID_HANDLE_TYPE(Fixed, TypeError):
    """The handle is of a kind that cannot do this."""

    template = "This handle type cannot be sent"


class ERR_INVALID_IP_ADDRESS(About, TypeError):
    """An address is no literal of IPv4 or IPv6; its argument is the address."""

    template = "Invalid IP address: {}"


class ERR_INVALID_ADDRESS(Fixed, RuntimeError):
    """The address of a SocketAddress, or of a rule of a BlockList, cannot be parsed."""

    template = "Invalid socket address"


class ERR_INVALID_ADDRESS_FAMILY(Error, ValueError):
    """A lookup answered with a family other than 4 or 6.

    Attributes:
        host: What was looked up.
        port: Where the connection was to go.
    """

    template = "Invalid address family: {} {}:{}"

    def __init__(self, family: object, host: str, port: int) -> None:
        super().__init__(family, host, port)
        self.host = host
        self.port = port


# ------------------------------------------------------------------------ sockets, servers


class ERR_SERVER_ALREADY_LISTEN(Fixed, RuntimeError):
    """listen() on a server that listens."""

    template = "Listen method has been called more than once without closing."


class ERR_SERVER_NOT_RUNNING(Fixed, RuntimeError):
    """close() on a server that does not listen."""

    template = "Server is not running."


class ERR_SOCKET_CLOSED(Fixed, RuntimeError):
    """The socket was closed, or never connected."""

    template = "Socket is closed"


class ERR_SOCKET_CLOSED_BEFORE_CONNECTION(Fixed, RuntimeError):
    """What was written before 'connect' was never sent."""

    template = "Socket closed before the connection was established"


class ERR_SOCKET_CONNECTION_TIMEOUT(Fixed, RuntimeError):
    """No address answered in time."""

    template = "Socket connection timeout"


class ERR_SOCKET_HANDLE_ADOPTED(Fixed, RuntimeError):
    """A bound socket belongs to a server or to a socket now."""

    template = "The bound socket has already been adopted by a server or socket"


class ERR_IP_BLOCKED(About, RuntimeError):
    """The block list forbids this peer; its argument is the address."""

    template = "IP({}) is blocked by net.BlockList"


# ------------------------------------------------------------------------------ streams


class ERR_STREAM_NULL_VALUES(Fixed, TypeError):
    """write(None)."""

    template = "May not write null values to stream"


class ERR_STREAM_WRITE_AFTER_END(Fixed, RuntimeError):
    """write() after end()."""

    template = "write after end"


class ERR_STREAM_DESTROYED(About, RuntimeError):
    """A method was called after destroy(); its argument is the name of the method."""

    template = "Cannot call {} after a stream was destroyed"


class ERR_STREAM_ALREADY_FINISHED(About, RuntimeError):
    """A method was called after 'finish'; its argument is the name of the method."""

    template = "Cannot call {} after a stream was finished"


class ERR_STREAM_PUSH_AFTER_EOF(Fixed, RuntimeError):
    """push() after push(None)."""

    template = "stream.push() after EOF"


class ERR_STREAM_UNSHIFT_AFTER_END_EVENT(Fixed, RuntimeError):
    """unshift() after 'end'."""

    template = "stream.unshift() after end event"


class ERR_STREAM_PREMATURE_CLOSE(Fixed, RuntimeError):
    """The stream was closed before it ended or finished."""

    template = "Premature close"


class ERR_STREAM_CANNOT_PIPE(Fixed, RuntimeError):
    """pipe() on what cannot be read."""

    template = "Cannot pipe, not readable"


class ERR_STREAM_UNABLE_TO_PIPE(Fixed, RuntimeError):
    """pipe() into a stream that is closed or destroyed."""

    template = "Cannot pipe to a closed or destroyed stream"


# ------------------------------------------------------------------------------- abortion


class AbortError(Error, RuntimeError):
    """An operation ended because its AbortSignal was aborted.

    Args:
        message: The text.
        cause: Why: the signal's reason. An attribute too; an exception is the __cause__ as well.
    """

    code = "ABORT_ERR"

    def __init__(self, message: str = "The operation was aborted", *, cause: object = None) -> None:
        super().__init__(message)
        self.cause = cause
        if isinstance(cause, BaseException):
            self.__cause__ = cause


class AbortTimeoutError(Fixed, TimeoutError):
    """The reason of AbortSignal.timeout()'s signal. (DOM: the DOMException named TimeoutError)"""

    code = "TIMEOUT_ERR"
    template = "The operation was aborted due to timeout"
