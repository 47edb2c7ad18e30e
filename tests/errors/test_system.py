"""Errors of system calls: their classes, their fields and their texts."""

from __future__ import annotations

import copy
import errno
import pickle
import socket

import pytest

from uvnet import errors
from uvnet._core import (
    UV_EADDRINUSE,
    UV_EAGAIN,
    UV_EAI_AGAIN,
    UV_EAI_NODATA,
    UV_EAI_NONAME,
    UV_ECANCELED,
    UV_ECONNREFUSED,
    UV_ECONNRESET,
    UV_ENOENT,
    UV_ENOMEM,
    UV_EOF,
    UV_EPIPE,
    UV_ETIMEDOUT,
    constants,
)

STATUSES = constants.error_numbers()


def test_fields() -> None:
    error = errors.uv_error(
        UV_ECONNREFUSED,
        "connect",
        address="127.0.0.1",
        port=80,
        local_address="127.0.0.2",
        local_port=5,
    )
    assert str(error) == "connect ECONNREFUSED 127.0.0.1:80 - Local (127.0.0.2:5)"
    assert repr(error) == f"ECONNREFUSED({str(error)!r})"
    assert isinstance(error, errors.UVError) and isinstance(error, ConnectionRefusedError)
    assert (error.code, error.syscall) == ("ECONNREFUSED", "connect")
    assert (error.errno, error.strerror) == (errno.ECONNREFUSED, "connection refused")
    assert error.args == (errno.ECONNREFUSED, "connection refused")
    assert (error.address, error.port) == ("127.0.0.1", 80)
    assert (error.local_address, error.local_port) == ("127.0.0.2", 5)
    assert error.path is None


def test_absent_fields() -> None:
    error = errors.uv_error(UV_ECONNRESET, "read")
    assert str(error) == "read ECONNRESET"
    assert error.address is error.port is error.path is None
    assert error.local_address is error.local_port is None


@pytest.mark.parametrize(
    ("address", "port", "text"),
    [
        ("::1", 80, "connect ECONNREFUSED ::1:80"),
        ("::1", 0, "connect ECONNREFUSED ::1"),
        ("::1", None, "connect ECONNREFUSED ::1"),
        (None, 80, "connect ECONNREFUSED :80"),
        (None, None, "connect ECONNREFUSED"),
    ],
)
def test_addresses(address: str | None, port: int | None, text: str) -> None:
    error = errors.uv_error(UV_ECONNREFUSED, "connect", address=address, port=port)
    assert str(error) == text
    assert (error.address, error.port) == (address, port)


def test_path() -> None:
    error = errors.uv_error(UV_ENOENT, "connect", path="/run/x.sock")
    assert isinstance(error, FileNotFoundError)
    assert str(error) == "connect ENOENT /run/x.sock"
    assert error.path == error.address == "/run/x.sock" and error.port is None


def test_with_text() -> None:
    error = errors.uv_error_with_text(UV_EADDRINUSE, "listen", "127.0.0.1", 80)
    assert type(error) is errors.UVError
    assert str(error) == "listen EADDRINUSE: address already in use 127.0.0.1:80"
    assert repr(error) == f"UVError({str(error)!r})"
    assert (error.address, error.port) == ("127.0.0.1", 80)


@pytest.mark.parametrize("name", STATUSES)
def test_it_is_what_python_raises_for_the_errno(name: str) -> None:
    status = STATUSES[name]
    code = name.removeprefix("UV_")
    error = errors.uv_error(status, "read")
    assert error.code == code and error.errno == -status
    assert isinstance(error, type(OSError(-status, "")))
    if type(OSError(-status, "")) is OSError:
        assert type(error) is errors.UVError
    else:
        assert type(error) is getattr(errors, code) and type(error).__doc__


def test_no_python_exception_is_left_out() -> None:
    """Of those whose errno libuv reports."""
    found = {base for status in STATUSES.values() for base in type(_error(status)).__mro__}
    assert found >= {
        *(BlockingIOError, BrokenPipeError, ConnectionAbortedError, ConnectionRefusedError),
        *(ConnectionResetError, FileExistsError, FileNotFoundError, InterruptedError),
        *(IsADirectoryError, NotADirectoryError, PermissionError, ProcessLookupError),
        TimeoutError,
    }


def _error(status: int) -> errors.UVError:
    return errors.uv_error(status, "x")


def test_unknown_numbers() -> None:
    error = errors.uv_error(-99999, "connect", address="::1", port=80)
    assert str(error) == "connect Unknown system error -99999 ::1:80"
    assert error.errno == 99999
    assert str(errors.uv_error(UV_EOF, "read")) == "read EOF"


@pytest.mark.parametrize("status", [0, 1, errno.ECONNREFUSED])
def test_what_is_no_error_is_refused(status: int) -> None:
    with pytest.raises(ValueError, match=f"negative errno, not {status}"):
        errors.uv_error(status, "connect")


@pytest.mark.parametrize(
    "error",
    [
        errors.uv_error(UV_ECONNREFUSED, "connect", address="::1", port=80, local_address="::1"),
        errors.uv_error(UV_ENOMEM, "open"),
        errors.uv_error(UV_EAGAIN, "write"),
        errors.uv_error(UV_ENOENT, "connect", path="/x"),
        errors.uv_error_with_text(UV_EADDRINUSE, "listen", "::1", 80),
        errors.DNSError(UV_EAI_NONAME, "getaddrinfo", "example.invalid"),
        errors.SocketEnded(),
    ],
    ids=repr,
)
def test_copies(error: OSError) -> None:
    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(other) is type(error) and other is not error
        assert (str(other), repr(other)) == (str(error), repr(error))
        assert (other.errno, other.strerror) == (error.errno, error.strerror)
        assert (other.args, other.__dict__) == (error.args, error.__dict__)


def test_dns_error() -> None:
    error = errors.DNSError(UV_EAI_NONAME, "getaddrinfo", "example.invalid")
    assert isinstance(error, errors.UVError) and isinstance(error, socket.gaierror)
    assert str(error) == "getaddrinfo ENOTFOUND example.invalid"
    assert (error.code, error.hostname) == ("ENOTFOUND", "example.invalid")
    assert error.errno == error.args[0] == socket.EAI_NONAME
    assert str(errors.DNSError(UV_EAI_NONAME, "getaddrinfo")) == "getaddrinfo ENOTFOUND"


def test_codes_of_dns() -> None:
    assert errors.DNSError(UV_EAI_NODATA, "getaddrinfo", "x").code == "ENOTFOUND"
    again = errors.DNSError(UV_EAI_AGAIN, "getaddrinfo", "x")
    assert (again.code, again.errno) == ("EAI_AGAIN", socket.EAI_AGAIN)
    cancelled = errors.DNSError(UV_ECANCELED, "getaddrinfo", "x")
    assert (cancelled.code, cancelled.errno) == ("ECANCELED", errno.ECANCELED)


def test_socket_ended() -> None:
    error = errors.SocketEnded()
    assert isinstance(error, BrokenPipeError) and error.errno is None
    assert (error.code, str(error)) == ("EPIPE", "This socket has been ended by the other party")
    assert errors.uv_error(UV_EPIPE, "write").code == error.code


# ---------------------------------------------------------------------- several


def refused(address: str) -> errors.UVError:
    return errors.uv_error(UV_ECONNREFUSED, "connect", address=address, port=80)


def test_aggregate() -> None:
    parts = [refused("::1"), errors.uv_error(UV_ETIMEDOUT, "connect", address="::2", port=80)]
    error = errors.AggregateError(parts)
    assert isinstance(error, ExceptionGroup)
    assert (error.message, error.code) == ("", "ECONNREFUSED")
    assert error.errors == error.exceptions == tuple(parts)
    assert str(error) == "connect ECONNREFUSED ::1:80; connect ETIMEDOUT ::2:80"
    assert str(errors.AggregateError(parts, "all failed")) == "all failed"


def test_aggregate_without_codes() -> None:
    assert errors.AggregateError([KeyError(1)]).code is None
    with pytest.raises(ValueError):
        errors.AggregateError([])
    with pytest.raises(TypeError):
        errors.AggregateError([KeyboardInterrupt()])  # type: ignore[list-item]


def test_aggregate_is_split_into_its_like() -> None:
    first, second = refused("::1"), errors.SocketEnded()
    matched, rest = errors.AggregateError([first, second], "m").split(ConnectionRefusedError)
    assert type(matched) is errors.AggregateError and matched.errors == (first,)
    assert type(rest) is errors.AggregateError and rest.errors == (second,)
    assert (rest.code, rest.message) == ("EPIPE", "m")
    caught: list[BaseException] = []
    try:
        raise errors.AggregateError([first])
    except* ConnectionRefusedError as group:
        caught += group.exceptions
    assert caught == [first]


def test_aggregate_is_copied() -> None:
    error = errors.AggregateError([refused("::1"), refused("::2")], "m")
    other = pickle.loads(pickle.dumps(error))
    assert type(other) is errors.AggregateError
    assert (repr(other), other.message, other.code) == (repr(error), "m", "ECONNREFUSED")


def test_two_errors() -> None:
    outer, inner, third = refused("::1"), KeyError("x"), ValueError("y")
    assert errors.aggregate_two_errors(None, None) is None
    assert errors.aggregate_two_errors(inner, None) is inner
    assert errors.aggregate_two_errors(None, outer) is outer
    assert errors.aggregate_two_errors(outer, outer) is outer
    both = errors.aggregate_two_errors(inner, outer)
    assert isinstance(both, errors.AggregateError)
    assert both.errors == (outer, inner)
    assert (str(both), both.code) == (str(outer), "ECONNREFUSED")
    three = errors.aggregate_two_errors(third, both)
    assert isinstance(three, errors.AggregateError)
    assert three.errors == (outer, inner, third) and str(three) == str(outer)
