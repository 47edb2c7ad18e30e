"""The errors with a code: what they are, and what they say."""

from __future__ import annotations

import copy
import functools
import json
import os
import pickle
import shutil
import subprocess
from typing import Any

import pytest

from uvnet import errors


class Foo:
    def method(self) -> None: ...


class Hostile:
    def __repr__(self) -> str:
        raise RuntimeError("no repr")


class Text(str):
    pass


def function() -> None: ...


# code -> builtin, arguments, message
MESSAGES: list[tuple[str, type[Exception], tuple[Any, ...], str]] = [
    ("ERR_ILLEGAL_CONSTRUCTOR", TypeError, (), "Illegal constructor"),
    ("ERR_INVALID_ADDRESS", RuntimeError, (), "Invalid socket address"),
    (
        "ERR_INVALID_ADDRESS_FAMILY",
        ValueError,
        (5, "example.org", 80),
        "Invalid address family: 5 example.org:80",
    ),
    (
        "ERR_INVALID_ARG_TYPE",
        TypeError,
        ("port", "number", None),
        'The "port" argument must be of type number. Received None',
    ),
    (
        "ERR_INVALID_ARG_VALUE",
        TypeError,
        ("options.x", "abc", "must be y"),
        "The property 'options.x' must be y. Received 'abc'",
    ),
    ("ERR_INVALID_FD", ValueError, (-5,), '"fd" must be a positive integer: -5'),
    ("ERR_INVALID_FD_TYPE", TypeError, ("FILE",), "Unsupported fd type: FILE"),
    ("ERR_INVALID_HANDLE_TYPE", TypeError, (), "This handle type cannot be sent"),
    ("ERR_INVALID_IP_ADDRESS", TypeError, ("x.y",), "Invalid IP address: x.y"),
    (
        "ERR_INVALID_RETURN_VALUE",
        TypeError,
        ("AsyncIterable", "body", None),
        'Expected AsyncIterable to be returned from the "body" function but got None.',
    ),
    ("ERR_INVALID_STATE", RuntimeError, ("foo",), "Invalid state: foo"),
    ("ERR_IP_BLOCKED", RuntimeError, ("1.2.3.4",), "IP(1.2.3.4) is blocked by net.BlockList"),
    (
        "ERR_METHOD_NOT_IMPLEMENTED",
        RuntimeError,
        ("_read()",),
        "The _read() method is not implemented",
    ),
    (
        "ERR_MISSING_ARGS",
        TypeError,
        (["options", "port", "path"],),
        'The "options" or "port" or "path" argument must be specified',
    ),
    ("ERR_MULTIPLE_CALLBACK", RuntimeError, (), "Callback called multiple times"),
    (
        "ERR_OUT_OF_RANGE",
        ValueError,
        ("x", ">= 0 && <= 5", -1.5),
        'The value of "x" is out of range. It must be >= 0 && <= 5. Received -1.5',
    ),
    (
        "ERR_SERVER_ALREADY_LISTEN",
        RuntimeError,
        (),
        "Listen method has been called more than once without closing.",
    ),
    ("ERR_SERVER_NOT_RUNNING", RuntimeError, (), "Server is not running."),
    (
        "ERR_SOCKET_BAD_PORT",
        ValueError,
        ("options.port", "abc"),
        "options.port should be >= 0 and < 65536. Received type str ('abc').",
    ),
    ("ERR_SOCKET_CLOSED", RuntimeError, (), "Socket is closed"),
    (
        "ERR_SOCKET_CLOSED_BEFORE_CONNECTION",
        RuntimeError,
        (),
        "Socket closed before the connection was established",
    ),
    ("ERR_SOCKET_CONNECTION_TIMEOUT", RuntimeError, (), "Socket connection timeout"),
    (
        "ERR_SOCKET_HANDLE_ADOPTED",
        RuntimeError,
        (),
        "The bound socket has already been adopted by a server or socket",
    ),
    (
        "ERR_STREAM_ALREADY_FINISHED",
        RuntimeError,
        ("end",),
        "Cannot call end after a stream was finished",
    ),
    ("ERR_STREAM_CANNOT_PIPE", RuntimeError, (), "Cannot pipe, not readable"),
    (
        "ERR_STREAM_DESTROYED",
        RuntimeError,
        ("write",),
        "Cannot call write after a stream was destroyed",
    ),
    ("ERR_STREAM_NULL_VALUES", TypeError, (), "May not write null values to stream"),
    ("ERR_STREAM_PREMATURE_CLOSE", RuntimeError, (), "Premature close"),
    ("ERR_STREAM_PUSH_AFTER_EOF", RuntimeError, (), "stream.push() after EOF"),
    (
        "ERR_STREAM_UNABLE_TO_PIPE",
        RuntimeError,
        (),
        "Cannot pipe to a closed or destroyed stream",
    ),
    (
        "ERR_STREAM_UNSHIFT_AFTER_END_EVENT",
        RuntimeError,
        (),
        "stream.unshift() after end event",
    ),
    ("ERR_STREAM_WRITE_AFTER_END", RuntimeError, (), "write after end"),
    ("ERR_UNHANDLED_ERROR", RuntimeError, ("x",), "Unhandled error. ('x')"),
    ("ERR_UNKNOWN_ENCODING", TypeError, ("foo",), "Unknown encoding: foo"),
]


def same(left: BaseException, right: BaseException) -> bool:
    return (
        type(left) is type(right)
        and left.args == right.args
        and repr(left) == repr(right)
        and left.__dict__ == right.__dict__
    )


@pytest.mark.parametrize(
    ("code", "builtin", "args", "message"), MESSAGES, ids=[row[0] for row in MESSAGES]
)
def test_row(code: str, builtin: type[Exception], args: tuple[Any, ...], message: str) -> None:
    cls = getattr(errors, code)
    error = cls(*args)
    assert isinstance(error, builtin) and isinstance(error, errors.Error)
    assert (error.code, str(error)) == (code, message)
    assert repr(error) == f"{code}({message!r})"
    assert cls.__module__ == "uvnet.errors" and cls.__doc__
    assert same(pickle.loads(pickle.dumps(error)), error)
    assert same(copy.copy(error), error)


def test_every_code_is_in_the_table() -> None:
    codes = [name for name in errors.__all__ if name.startswith("ERR_")]
    assert [row[0] for row in MESSAGES] == codes


NODE = os.environ.get("UVNET_NODE") or shutil.which("node")


@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_messages_are_those_of_node() -> None:
    """Of the codes that the installed version has; a value is in JavaScript's words there."""
    assert NODE
    script = """
      const { codes } = require('internal/errors');
      const rows = JSON.parse(require('fs').readFileSync(0, 'utf8'));
      const answer = rows.map(([code, args]) => {
        if (!codes[code]) return null;
        const error = new codes[code](...args);
        const base = Object.getPrototypeOf(codes[code].prototype).constructor.name;
        return [error.code, base, error.message];
      });
      console.log(JSON.stringify(answer));
    """
    result = subprocess.run(
        [NODE, "--expose-internals", "-e", script],
        input=json.dumps([[code, args] for code, _, args, _ in MESSAGES]),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.returncode == 0, result.stderr
    bases = {"TypeError": TypeError, "RangeError": ValueError, "Error": RuntimeError}
    compared = 0
    for (code, builtin, _, message), found in zip(MESSAGES, json.loads(result.stdout), strict=True):
        if found is None:
            continue
        words = message.replace("type str (", "type string (").replace("('x')", "(x)")
        words = words.replace("Received None", "Received null").replace("got None", "got null")
        assert (found[0], bases[found[1]], found[2]) == (code, builtin, words)
        compared += 1
    assert compared > 25


# ---------------------------------------------------------------- what a value is


@pytest.mark.parametrize(
    ("value", "phrase"),
    [
        (None, "None"),
        (5, "type int (5)"),
        (True, "type bool (True)"),
        (1.5, "type float (1.5)"),
        (float("nan"), "type float (nan)"),
        ("x", "type str ('x')"),
        ("it's", 'type str ("it\'s")'),
        ("a" * 28, f"type str ('{'a' * 28}')"),
        ("a" * 29, f"type str ('{'a' * 25}...')"),
        (10**30, "type int (1000000000000000000000000...)"),
        (b"x", "an instance of bytes"),
        ([1], "an instance of list"),
        (Foo(), "an instance of Foo"),
        (Text("x"), "an instance of Text"),
        (Hostile(), "an instance of Hostile"),
        (functools.partial(function), "an instance of partial"),
        (Foo, "class Foo"),
        (function, "function function"),
        (Foo().method, "function method"),
        (len, "function len"),
        (lambda: 0, "function <lambda>"),
    ],
)
def test_received(value: object, phrase: str) -> None:
    error = errors.ERR_INVALID_ARG_TYPE("x", "Bar", value)
    assert str(error) == f'The "x" argument must be an instance of Bar. Received {phrase}'


def test_numbers_that_python_does_not_print() -> None:
    huge = 1 << 100_000
    assert "Received type int (<int object at" in str(errors.ERR_INVALID_ARG_TYPE("x", "str", huge))
    assert "Received <int object at" in str(errors.ERR_OUT_OF_RANGE("x", "< 5", huge))


@pytest.mark.parametrize(
    ("expected", "phrase"),
    [
        ("str", "of type str"),
        (("str",), "of type str"),
        (["str", "int"], "one of type str or int"),
        (["string", "number", "boolean"], "one of type string, number, or boolean"),
        ("Foo", "an instance of Foo"),
        (["Foo", "Bar"], "an instance of Foo or Bar"),
        (["Foo", "str", "Bar", "Baz"], "of type str or an instance of Foo, Bar, or Baz"),
        (["str", "None"], "of type str or None"),
        (["None", "undefined"], "one of None or undefined"),
        ("one of foo", "one of foo"),
        ("IPv4 address", "an IPv4 address"),
        (["a", "b", "function", "Cat", "weird thing"], None),
    ],
)
def test_expected(expected: str | list[str], phrase: str | None) -> None:
    phrase = phrase or "of type function or an instance of Cat or one of a, b, or weird thing"
    error = errors.ERR_INVALID_ARG_TYPE("x", expected, None)
    assert str(error) == f'The "x" argument must be {phrase}. Received None'


@pytest.mark.parametrize(
    ("name", "phrase"),
    [
        ("port", '"port" argument'),
        ("options.port", '"options.port" property'),
        ("first argument", "first argument"),
    ],
)
def test_names(name: str, phrase: str) -> None:
    error = errors.ERR_INVALID_ARG_TYPE(name, "int", None)
    assert str(error) == f"The {phrase} must be of type int. Received None"


def test_argument_values() -> None:
    error = errors.ERR_INVALID_ARG_VALUE
    assert str(error("x", 5)) == "The argument 'x' is invalid. Received 5"
    assert str(error("x", None)) == "The argument 'x' is invalid. Received None"
    assert str(error("x", {"a": [1]})) == "The argument 'x' is invalid. Received {'a': [1]}"
    assert str(error("x", "a" * 200)).endswith(f"Received '{'a' * 127}...")
    assert "Received <" in str(error("x", Hostile()))
    assert str(error("x", "{0}")) == "The argument 'x' is invalid. Received '{0}'"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (123456789, "123456789"),
        (2**32, "4294967296"),
        (2**33, "8_589_934_592"),
        (-(2**33), "-8_589_934_592"),
        ("abc", "'abc'"),
        (float("inf"), "inf"),
    ],
)
def test_out_of_range(value: object, text: str) -> None:
    assert str(errors.ERR_OUT_OF_RANGE("x", ">= 0", value)).endswith(f">= 0. Received {text}")


def test_ports() -> None:
    text = str(errors.ERR_SOCKET_BAD_PORT("Port", 0, allow_zero=False))
    assert text == "Port should be > 0 and < 65536. Received type int (0)."


@pytest.mark.parametrize(
    ("names", "phrase"),
    [
        (("a",), '"a" argument'),
        (("a", "b"), '"a" and "b" arguments'),
        (("a", "b", "c"), '"a", "b", and "c" arguments'),
        ((("a", "b"), "c"), '"a" or "b" and "c" arguments'),
    ],
)
def test_missing(names: tuple[Any, ...], phrase: str) -> None:
    assert str(errors.ERR_MISSING_ARGS(*names)) == f"The {phrase} must be specified"


# ------------------------------------------------------------------- construction


def test_attributes() -> None:
    family = errors.ERR_INVALID_ADDRESS_FAMILY(5, "example.org", 80)
    assert (family.host, family.port) == ("example.org", 80)
    marker = object()
    assert errors.ERR_UNHANDLED_ERROR(marker).context is marker


def test_wrong_number_of_arguments() -> None:
    with pytest.raises(TypeError):
        errors.ERR_SOCKET_CLOSED("x")  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        errors.ERR_IP_BLOCKED()  # type: ignore[call-arg]


def test_a_subclass_keeps_the_code() -> None:
    class Mine(errors.ERR_SOCKET_CLOSED):
        pass

    assert Mine().code == "ERR_SOCKET_CLOSED"


def test_abort_error() -> None:
    plain = errors.AbortError()
    assert isinstance(plain, RuntimeError)
    assert (str(plain), plain.code) == ("The operation was aborted", "ABORT_ERR")
    assert plain.cause is None and plain.__cause__ is None
    reason = KeyError("why")
    caused = errors.AbortError("stopped", cause=reason)
    assert str(caused) == "stopped" and caused.cause is caused.__cause__ is reason
    odd = errors.AbortError(cause="because")
    assert odd.cause == "because" and odd.__cause__ is None
    assert same(pickle.loads(pickle.dumps(odd)), odd)


def test_abort_timeout_error() -> None:
    error = errors.AbortTimeoutError()
    assert isinstance(error, TimeoutError) and error.errno is None
    assert (str(error), error.code) == ("The operation was aborted due to timeout", "TIMEOUT_ERR")
    assert same(pickle.loads(pickle.dumps(error)), error)


def test_star_import() -> None:
    namespace: dict[str, Any] = {}
    exec("from uvnet.errors import *", namespace)
    del namespace["__builtins__"]
    assert set(namespace) == set(errors.__all__)
    assert all(value.__doc__ for value in namespace.values())
