"""set_timeout(): when 'timeout' comes, and when it does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from uvnet import net
from uvnet.errors import ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE

from .helpers import client_of, later, listener, run, serve, watch


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ("100", ERR_INVALID_ARG_TYPE),
        (None, ERR_INVALID_ARG_TYPE),
        (True, ERR_INVALID_ARG_TYPE),
        ([], ERR_INVALID_ARG_TYPE),
        (-1, ERR_OUT_OF_RANGE),
        (float("nan"), ERR_OUT_OF_RANGE),
        (float("inf"), ERR_OUT_OF_RANGE),
        (float("-inf"), ERR_OUT_OF_RANGE),
    ],
)
def test_wrong_durations(value: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        net.Socket().set_timeout(value, lambda: None)


@pytest.mark.parametrize("value", [0, 0.001, 1, 1.2, 100, 2**31 - 1])
def test_durations(value: float) -> None:
    socket = net.Socket()
    assert socket.set_timeout(value, lambda: None) is socket
    assert socket.timeout == value
    socket.destroy()
    run()


def test_a_duration_that_is_too_long() -> None:
    socket = net.Socket()
    with pytest.warns(RuntimeWarning):
        socket.set_timeout(2**31)
    socket.destroy()
    run()


@pytest.mark.parametrize("callback", [1, "x", True, [], {}])
@pytest.mark.parametrize("value", [0, 1])
def test_wrong_callbacks(callback: Any, value: int) -> None:
    socket = net.Socket()
    with pytest.raises(ERR_INVALID_ARG_TYPE):
        socket.set_timeout(value, callback)
    socket.destroy()
    run()


def test_it_comes_once(must_call: Callable[..., Any]) -> None:
    trace: list[str] = []
    server = serve(lambda peer: peer.resume())
    client = client_of(server)
    assert client.timeout is None
    client.set_timeout(20, lambda: trace.append("callback"))
    assert client.timeout == 20
    watch(client, trace, "timeout", "close")
    client.once("timeout", must_call(lambda: later(80, client.destroy)))
    client.on("close", lambda had_error: server.close())
    run()
    assert trace == ["callback", "timeout", "close(False)"]


def test_it_comes_before_the_connection_and_without_a_handle(must_call: Callable[..., Any]) -> None:
    socket = net.Socket()
    socket.set_timeout(10, must_call(lambda: seen.append(socket._handle)))
    seen: list[Any] = []
    later(60, lambda: None)  # the timeout itself does not keep the loop alive
    run()
    assert seen == [None]
    socket.destroy()
    run()


def test_it_does_not_keep_the_loop() -> None:
    sockets = [net.Socket() for _ in range(10)]
    for socket in sockets:
        socket.set_timeout(60_000)
    run()
    for socket in sockets:
        socket.destroy()
    run()


def test_zero_turns_it_off(must_call: Callable[..., Any]) -> None:
    socket = net.Socket()
    callback = must_call(None, 0)
    socket.set_timeout(10, callback)
    assert socket.listener_count("timeout") == 1
    socket.set_timeout(0, callback)
    assert socket.listener_count("timeout") == 0
    assert socket.timeout == 0
    later(50, lambda: None)
    run()
    socket.destroy()
    run()


def test_after_destroy(must_call: Callable[..., Any]) -> None:
    socket = net.Socket()
    socket.destroy()
    assert socket.set_timeout(1, must_call(None, 0)) is socket
    assert socket.timeout is None
    later(20, lambda: None)
    run()


def test_destroy_turns_it_off(must_call: Callable[..., Any]) -> None:
    server = serve(lambda peer: peer.resume())
    client = client_of(server)
    client.on("connect", lambda: client.set_timeout(10, must_call(None, 0)).destroy())
    client.on("close", lambda had_error: later(40, server.close))
    run()


def test_activity_puts_it_off(must_call: Callable[..., Any]) -> None:
    """Each chunk starts the time again: in all it takes far longer than one timeout."""
    chunks = 6
    trace: list[str] = []

    def accepted(peer: net.Socket) -> None:
        peer.on("error", lambda error: None)
        for i in range(chunks):
            later(40 * i, peer.write, b"x")

    server = serve(accepted)
    client = client_of(server)
    client.set_timeout(400, must_call(lambda: (trace.append("timeout"), client.destroy())))
    client.on("data", lambda data: trace.append("data"))
    client.on("close", lambda had_error: server.close())
    run()
    assert trace == ["data"] * chunks + ["timeout"]


def test_writing_starts_it_again(must_call: Callable[..., Any]) -> None:
    server = serve(lambda peer: peer.pipe(peer))
    client = client_of(server)
    client.on("data", must_call(lambda data: client.end()))
    client.set_timeout(20, must_call(lambda: client.write(b"hello")))
    client.on("close", lambda had_error: server.close())
    run()


def test_connect_with_a_timeout(must_call: Callable[..., Any]) -> None:
    with listener() as sock:
        client = net.connect(sock.getsockname()[1], "127.0.0.1", timeout=20)
        assert client.timeout == 20
        client.on("timeout", must_call(client.destroy))
        run()
    with pytest.raises(ERR_INVALID_ARG_TYPE):
        net.connect(1, "127.0.0.1", timeout="x")


def test_timeouts_of_many_sockets(must_call: Callable[..., Any]) -> None:
    count = 20
    server = serve(lambda peer: peer.resume())
    clients = [client_of(server) for _ in range(count)]
    open_ones = set(clients)

    def closed(client: net.Socket) -> None:
        open_ones.discard(client)
        if not open_ones:
            server.close()

    for index, client in enumerate(clients):
        client.set_timeout(10 + index % 3 * 10, must_call(client.destroy))
        client.on("close", lambda had_error, client=client: closed(client))
    run()
    assert not open_ones
