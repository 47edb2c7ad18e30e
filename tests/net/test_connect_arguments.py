"""What connect() takes, in which forms, and what it refuses at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from uvnet import net
from uvnet.errors import (
    ERR_INVALID_ARG_TYPE,
    ERR_INVALID_ARG_VALUE,
    ERR_INVALID_IP_ADDRESS,
    ERR_MISSING_ARGS,
    ERR_OUT_OF_RANGE,
    ERR_SOCKET_BAD_PORT,
)

from .helpers import port_of, run, serve


@pytest.mark.parametrize(
    ("args", "options", "error"),
    [
        ((), {}, ERR_MISSING_ARGS),
        ((), {"host": "x"}, ERR_MISSING_ARGS),
        ((), {"port": None}, ERR_MISSING_ARGS),
        ((None,), {}, ERR_MISSING_ARGS),
        ((), {"port": True}, ERR_INVALID_ARG_TYPE),
        ((), {"port": False}, ERR_INVALID_ARG_TYPE),
        ((), {"port": []}, ERR_INVALID_ARG_TYPE),
        ((), {"port": {}}, ERR_INVALID_ARG_TYPE),
        ((), {"port": -1}, ERR_SOCKET_BAD_PORT),
        ((), {"port": 65536}, ERR_SOCKET_BAD_PORT),
        ((), {"port": 1.5}, ERR_SOCKET_BAD_PORT),
        ((), {"port": float("nan")}, ERR_SOCKET_BAD_PORT),
        ((), {"port": float("inf")}, ERR_SOCKET_BAD_PORT),
        ((), {"port": float("-inf")}, ERR_SOCKET_BAD_PORT),
        ((), {"port": ""}, ERR_SOCKET_BAD_PORT),
        ((), {"port": " "}, ERR_SOCKET_BAD_PORT),
        ((), {"port": "0x"}, ERR_SOCKET_BAD_PORT),
        ((), {"port": "-0x1"}, ERR_SOCKET_BAD_PORT),
        ((), {"port": "abc"}, ERR_SOCKET_BAD_PORT),
        ((), {"port": "8_0"}, ERR_SOCKET_BAD_PORT),
        (("",), {}, ERR_SOCKET_BAD_PORT),
        ((-1,), {}, ERR_SOCKET_BAD_PORT),
        ((1, 2), {}, ERR_INVALID_ARG_TYPE),
        ((1,), {"host": 5}, ERR_INVALID_ARG_TYPE),
        ((1,), {"host": "a\0b"}, ERR_INVALID_ARG_VALUE),
        ((1,), {"local_address": "foo"}, ERR_INVALID_IP_ADDRESS),
        ((1,), {"local_address": "localhost"}, ERR_INVALID_IP_ADDRESS),
        ((1,), {"local_port": "x"}, ERR_INVALID_ARG_TYPE),
        ((1,), {"local_port": "12"}, ERR_INVALID_ARG_TYPE),
        ((1,), {"local_port": -1}, ERR_SOCKET_BAD_PORT),
        ((1,), {"lookup": 5}, ERR_INVALID_ARG_TYPE),
        ((1,), {"lookup": "dns"}, ERR_INVALID_ARG_TYPE),
        ((1,), {"hints": 0xFFFF00}, ERR_INVALID_ARG_VALUE),
        ((1,), {"hints": "x"}, ERR_INVALID_ARG_TYPE),
        ((1,), {"family": 5}, ERR_INVALID_ARG_VALUE),
        ((1,), {"family": "inet"}, ERR_INVALID_ARG_VALUE),
        ((1,), {"auto_select_family": "x"}, ERR_INVALID_ARG_TYPE),
        ((1,), {"auto_select_family": 1}, ERR_INVALID_ARG_TYPE),
        ((1,), {"auto_select_family_attempt_timeout": "x"}, ERR_INVALID_ARG_TYPE),
        ((1,), {"auto_select_family_attempt_timeout": 0}, ERR_OUT_OF_RANGE),
        ((1,), {"auto_select_family_attempt_timeout": -1}, ERR_OUT_OF_RANGE),
        ((1,), {"auto_select_family_attempt_timeout": 1.5}, ERR_OUT_OF_RANGE),
        ((), {"path": 5}, ERR_INVALID_ARG_TYPE),
        ((), {"path": b"/tmp/x"}, ERR_INVALID_ARG_TYPE),
        ((1,), {"keep_alive_initial_delay": "x"}, ERR_INVALID_ARG_TYPE),
    ],
)
def test_wrong_arguments_raise_at_once(args: Any, options: Any, error: type[Exception]) -> None:
    socket = net.Socket()
    with pytest.raises(error):
        socket.connect(*args, **options)
    assert not socket.connecting
    assert socket._handle is None
    assert not socket.destroyed


@pytest.mark.parametrize(
    ("args", "options"),
    [
        ((1,), {"prot": 80}),
        ((1,), {"port": 80}),
        ((1, "localhost"), {"host": "localhost"}),
        ((1, "localhost", "x"), {}),
    ],
)
def test_unknown_and_repeated_arguments(args: Any, options: Any) -> None:
    with pytest.raises(TypeError):
        net.Socket().connect(*args, **options)


def test_the_missing_arguments_are_named() -> None:
    with pytest.raises(ERR_MISSING_ARGS, match='"port" or "path"'):
        net.connect()


@pytest.mark.parametrize("name", ["object_mode", "readable_object_mode", "writable_object_mode"])
def test_object_mode_is_refused(name: str) -> None:
    with pytest.raises(ERR_INVALID_ARG_VALUE, match=name):
        net.connect(1, **{name: True})
    net.Socket(**{name: False})


@pytest.mark.parametrize("form", ["port", "option", "text", "hexadecimal", "spaces"])
@pytest.mark.parametrize("host", ["none", "positional", "option"])
@pytest.mark.parametrize("callback", [False, True])
@pytest.mark.parametrize("method", ["connect", "create_connection", "Socket"])
def test_forms_with_a_port(
    form: str, host: str, callback: bool, method: str, must_call: Callable[..., Any]
) -> None:
    server = serve(lambda socket: socket.end())
    server.unref()
    port: Any = port_of(server)
    shown = {"text": str(port), "hexadecimal": hex(port), "spaces": f" {port} "}.get(form, port)
    args: list[Any] = []
    options = {}
    if form == "option":
        options["port"] = shown
    else:
        args.append(shown)
    if host == "positional" and args:
        args.append("localhost")
    elif host != "none":
        options["host"] = "127.0.0.1"
    if callback:
        args.append(must_call())
    connect = net.Socket().connect if method == "Socket" else getattr(net, method)
    socket = connect(*args, **options)
    assert isinstance(socket, net.Socket)
    assert socket.connecting
    socket.on("connect", must_call())
    socket.on("close", must_call(lambda had_error: server.close()))
    socket.resume()
    run()


@pytest.mark.parametrize("form", ["path", "option", "object", "object option"])
@pytest.mark.parametrize("callback", [False, True])
@pytest.mark.parametrize("method", ["connect", "create_connection", "Socket"])
def test_forms_with_a_path(
    form: str, callback: bool, method: str, tmp_path: Path, must_call: Callable[..., Any]
) -> None:
    path = tmp_path / "s"
    server = net.create_server(lambda socket: socket.end()).listen(str(path))
    shown = path if "object" in form else str(path)
    args: list[Any] = [] if "option" in form else [shown]
    options = {} if args else {"path": shown}
    if callback:
        args.append(must_call())
    connect = net.Socket().connect if method == "Socket" else getattr(net, method)
    socket = connect(*args, **options)
    socket.on("connect", must_call())
    socket.on("close", must_call(lambda had_error: server.close()))
    socket.resume()
    run()


@pytest.mark.parametrize("port", [0, "0"])
def test_port_zero_fails_later(port: Any, must_call: Callable[..., Any]) -> None:
    socket = net.connect(port, "127.0.0.1", must_call(None, 0))
    socket.on("error", must_call(lambda error: str(error).index("connect E")))
    run()
    assert socket.destroyed


def test_a_path_outranks_a_port(tmp_path: Path, must_call: Callable[..., Any]) -> None:
    path = str(tmp_path / "s")
    server = net.create_server(must_call(lambda socket: socket.end())).listen(path)
    net.connect(path=path, port=1).resume().on("close", lambda had_error: server.close())
    run()


def test_module_functions_call_the_method(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def connect(self: net.Socket, *args: Any, **options: Any) -> net.Socket:
        calls.append((args, options))
        return self

    monkeypatch.setattr(net.Socket, "connect", connect)
    assert isinstance(net.connect(80, "host", no_delay=True), net.Socket)
    assert isinstance(net.create_connection(path="/x", high_water_mark=5), net.Socket)
    assert calls == [((80, "host"), {"no_delay": True}), ((), {"path": "/x"})]
    assert net.connect is net.create_connection


def test_the_callback_listens_once_and_before_the_checks(must_call: Callable[..., Any]) -> None:
    socket = net.Socket()
    with pytest.raises(ERR_MISSING_ARGS):
        socket.connect(must_call(None, 0))
    assert socket.listener_count("connect") == 1
    server = serve(lambda peer: peer.end())
    client = net.connect(port_of(server), "127.0.0.1", must_call())
    assert client.listener_count("connect") >= 1
    client.resume().on("close", lambda had_error: server.close())
    run()
    assert client.listener_count("connect") == 0
