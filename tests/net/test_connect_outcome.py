"""What connecting comes to: the events, their order, and the errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import uvnet
from uvnet import net
from uvnet.errors import UVError

from .helpers import client_of, closed_port, later, run, serve, watch


def test_events_of_a_connection() -> None:
    trace: list[str] = []
    server = serve(lambda socket: (socket.end(), server.close()))
    client = client_of(server, lambda: trace.append("callback"))
    trace.append(f"{client.connecting} {client.pending} {client.ready_state}")
    watch(client, trace).resume()
    client.on("connect", lambda: trace.append(f"{client.connecting} {client.ready_state}"))
    run()
    assert trace == [
        "True True opening",
        "connection_attempt",
        "callback",
        "connect",
        "False open",
        "ready",
        "end",
        "finish",
        "close(False)",
    ]


def test_refused() -> None:
    port = closed_port()
    trace: list[str] = []
    client = watch(net.connect(port, "127.0.0.1", lambda: trace.append("connected")), trace)
    errors = []

    def on_error(error: UVError) -> None:
        errors.append(error)
        assert client.destroyed
        assert not client.connecting

    client.on("error", on_error)
    run()
    assert trace == [
        "connection_attempt",
        "connection_attempt_failed(127.0.0.1)",
        "error(ECONNREFUSED)",
        "close(True)",
    ]
    [error] = errors
    assert isinstance(error, ConnectionRefusedError)
    assert str(error) == f"connect ECONNREFUSED 127.0.0.1:{port}"
    assert (error.address, error.port, error.syscall) == ("127.0.0.1", port, "connect")


def test_an_error_that_nobody_listens_for_ends_the_run(must_call: Callable[..., Any]) -> None:
    client = net.connect(closed_port(), "127.0.0.1")
    client.on("close", must_call(lambda had_error: None))
    with pytest.raises(ConnectionRefusedError):
        run()
    run()
    assert client.closed


def test_connecting_twice() -> None:
    trace: list[str] = []
    server = serve(lambda socket: socket.on("error", lambda error: None).resume())
    client = watch(client_of(server), trace)
    port = server.address().port
    client.connect(port, "127.0.0.1")
    client.on("close", lambda had_error: server.close())
    run()
    assert trace == [
        "connection_attempt",
        "connection_attempt",
        "error(EALREADY)",
        "close(True)",
    ]


def test_a_socket_without_callback_is_ready(must_call: Callable[..., Any]) -> None:
    server = serve(lambda socket: socket.end())
    socket = net.Socket()
    socket.on("connect", must_call()).on("ready", must_call())
    socket.connect(server.address().port, "127.0.0.1").resume()
    socket.on("close", lambda had_error: server.close())
    run()


def test_reset_before_the_connection_is_noticed(must_call: Callable[..., Any]) -> None:
    server = serve(lambda socket: socket.reset_and_destroy())
    client = client_of(server)
    client.on("error", must_call(lambda error: codes.append(error.code)))
    client.on("close", must_call(lambda had_error: server.close()))
    codes: list[str] = []
    run()
    assert codes == ["ECONNRESET"]


def test_a_socket_connects_again_and_again(must_call: Callable[..., Any]) -> None:
    rounds = 50
    server = serve(lambda socket: socket.end(b"hello"))
    client = net.Socket()
    received = []
    port = server.address().port

    def closed(had_error: bool) -> None:
        assert had_error is False
        assert client.destroyed
        assert client.bytes_read == 5
        if len(received) < rounds:
            client.connect(port, "127.0.0.1")
            assert not client.destroyed
            assert client.bytes_read == 0
        else:
            server.close()

    client.on("data", received.append)
    client.on("close", must_call(closed, rounds))
    client.connect(port, "127.0.0.1")
    run()
    assert received == [b"hello"] * rounds


def test_a_listener_that_raises_leaves_a_working_socket(must_call: Callable[..., Any]) -> None:
    server = serve(lambda socket: socket.end(b"hello"))
    client = client_of(server)

    def fails() -> None:
        raise LookupError("of the listener")

    client.on("connect", fails)
    client.on("close", must_call(lambda had_error: server.close()))
    with pytest.raises(LookupError):
        run()
    client.on("data", must_call(lambda data: None))
    run()


def test_await(must_call: Callable[..., Any]) -> None:
    async def main() -> None:
        server = await serve(lambda socket: socket.end(b"hello"))
        client = client_of(server)
        assert await client is client
        assert client.remote_port == server.address().port
        assert await client is client  # again: at once
        assert [chunk async for chunk in client] == [b"hello"]
        server.close()

    uvnet.run(main())


def test_await_raises_the_error() -> None:
    async def main() -> None:
        client = net.connect(closed_port(), "127.0.0.1")
        with pytest.raises(ConnectionRefusedError):
            await client
        with pytest.raises(ConnectionRefusedError):
            await client
        server = serve()
        client = client_of(server)
        later(0, client.destroy)
        client._handle.loop.next_tick(client.destroy)
        with pytest.raises(RuntimeError) as caught:
            await client
        assert caught.value.code == "ERR_SOCKET_CLOSED_BEFORE_CONNECTION"
        with pytest.raises(RuntimeError) as caught:
            await client
        assert caught.value.code == "ERR_SOCKET_CLOSED"
        server.close()

    uvnet.run(main())
