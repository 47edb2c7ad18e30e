"""close(): what ends at once, what waits, and in which order it is told."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import pytest

import uvnet
from uvnet import net
from uvnet.abort import AbortController, AbortSignal
from uvnet.errors import ERR_INVALID_ARG_TYPE, ERR_SERVER_NOT_RUNNING
from uvnet.events import once

from .helpers import client_of, later, port_of, run, serve, watch


def test_an_idle_server() -> None:
    trace: list[str] = []
    server = serve()
    server.on("close", lambda *args: trace.append(f"close{args}"))

    def close() -> None:
        assert server.close(lambda *args: trace.append(f"callback{args}")) is server
        assert not server.listening
        assert server.address() is None
        trace.append("sync")
        uvnet.next_tick(trace.append, "tick")
        uvnet.set_immediate(trace.append, "immediate")

    server.on("listening", close)
    run()
    assert trace == ["sync", "close()", "callback(None,)", "tick", "immediate"]


def test_twice() -> None:
    trace: list[Any] = []
    server = serve()
    server.on("close", lambda: trace.append("close"))
    server.close(trace.append)
    server.close(trace.append)
    run()
    assert trace[:2] == ["close", None]
    assert isinstance(trace[2], ERR_SERVER_NOT_RUNNING)
    assert trace[3:] == ["close"]


def test_not_running() -> None:
    trace: list[Any] = []
    server = net.create_server()
    server.on("close", lambda: trace.append("close"))
    server.close(trace.append)
    run()
    assert trace[0] == "close"
    assert str(trace[1]) == "Server is not running."


@pytest.mark.parametrize("callback", ["x", 5, True])
def test_wrong_callback(callback: Any, must_call: Callable[..., Any]) -> None:
    server = serve()
    with pytest.raises(ERR_INVALID_ARG_TYPE):
        server.close(callback)
    server.on("close", must_call())
    server.close()
    run()


def test_it_waits_for_connections() -> None:
    trace: list[str] = []

    def accepted(peer: net.Socket) -> None:
        server.close(lambda error: trace.append(f"callback({error})"))
        assert not server.listening
        assert server.address() is None
        watch(peer, trace, "end", "close").resume()

    server = serve(accepted)
    server.on("close", lambda: trace.append("server close"))
    client = client_of(server).resume()
    client.on("connect", lambda: later(20, client.end))
    run()
    assert trace == ["end", "server close", "callback(None)", "close(False)"]


def test_the_count_goes_down_before_close() -> None:
    """The server's 'close' comes before that of its last socket."""
    counts: list[Any] = []
    peers: list[net.Socket] = []

    def count(name: str) -> None:
        counts.append((name, server._connections))

    def accepted(peer: net.Socket) -> None:
        peers.append(peer)
        count("connection")
        peer.on("end", lambda: count("end"))
        peer.on("close", lambda had_error: count("close"))
        peer.resume()
        if len(peers) == 2:
            server.close(lambda error: count("server"))
            first.end()

    server = serve(accepted)
    first, second = client_of(server).resume(), client_of(server).resume()
    first.on("close", lambda had_error: second.end())
    run()
    assert counts == [
        ("connection", 1),
        ("connection", 2),
        ("end", 2),
        ("close", 1),
        ("end", 1),
        ("server", 0),
        ("close", 0),
    ]


def test_a_socket_counts_once() -> None:
    counts: list[int] = []
    server = serve(lambda peer: peer.destroy().destroy().end().destroy())
    client = client_of(server).resume()
    client.on("error", lambda error: None)
    client.on("close", lambda had_error: later(10, done))

    def done() -> None:
        counts.append(server._connections)
        server.close()

    run()
    assert counts == [0]


def test_a_socket_that_goes_on_elsewhere_counts_no_more(must_call: Callable[..., Any]) -> None:
    """Node subtracts a connection that was not there."""
    other = serve(lambda peer: peer.end())

    def accepted(peer: net.Socket) -> None:
        peer.once("close", lambda had_error: again(peer))
        peer.end()
        peer.resume()

    def again(peer: net.Socket) -> None:
        assert server._connections == 0
        peer.connect(port_of(other), "127.0.0.1")
        assert peer.server is None
        peer.resume().on("close", must_call(done))

    def done(had_error: bool) -> None:
        assert server._connections == 0
        server.close()
        other.close()

    server = serve(must_call(accepted))
    client_of(server).end().resume()
    run()


def test_connections_are_counted(must_call: Callable[..., Any]) -> None:
    results: list[Any] = []

    def accepted(peer: net.Socket) -> None:
        assert server.get_connections(lambda *args: results.append(args)) is server
        results.append("sync")
        peer.end()
        server.close()

    server = serve(accepted)
    client_of(server).resume()
    net.create_server().get_connections(lambda *args: results.append(args))
    run()
    assert results == [(None, 0), "sync", (None, 1)]
    with pytest.raises(ERR_INVALID_ARG_TYPE):
        server.get_connections(5)  # type: ignore[arg-type]


def test_clients_that_were_not_accepted() -> None:
    trace: list[str] = []
    server = serve(lambda peer: trace.append("connection"))
    watch(client_of(server), trace, "connect", "error", "close")
    server.close(lambda error: trace.append("callback"))
    run()
    assert trace == ["callback", "error(ECONNREFUSED)", "close(True)"]


def test_resetting_all(must_call: Callable[..., Any]) -> None:
    count = 5
    peers: list[net.Socket] = []

    def accepted(peer: net.Socket) -> None:
        peers.append(peer)
        peer.resume()
        if len(peers) == count:
            assert server.close(must_call(lambda error: None)) is server
            later(10, reset)

    def reset() -> None:
        for peer in peers:
            assert peer.reset_and_destroy() is peer

    server = serve(must_call(accepted, count))
    codes: list[str] = []
    for _ in range(count):
        client_of(server).resume().on("error", lambda error: codes.append(error.code))
    run()
    assert codes == ["ECONNRESET"] * count


# -------------------------------------------------------------------------- signal


def test_signal(must_call: Callable[..., Any]) -> None:
    controller = AbortController()
    server = net.create_server()
    server.on("close", must_call()).on("error", must_call(None, 0))

    def listening() -> None:
        controller.abort()
        assert not server.listening

    server.listen(0, must_call(listening), signal=controller.signal)
    run()


@pytest.mark.parametrize("host", [None, "127.0.0.1"])
def test_signal_that_is_aborted(host: str | None, must_call: Callable[..., Any]) -> None:
    server = net.create_server()
    server.on("close", must_call()).on("error", must_call(None, 0))
    server.listen(0, host, must_call(None, 0), signal=AbortSignal.abort())
    run()
    assert not server.listening


def test_signal_lets_go_when_closed(must_call: Callable[..., Any]) -> None:
    controller = AbortController()
    server = net.create_server()
    server.listen(0, signal=controller.signal)
    server.close()
    run()
    server.listen(0)
    controller.abort()
    assert server.listening
    server.close()
    run()


def test_signal_while_looking_up(must_call: Callable[..., Any]) -> None:
    controller = AbortController()
    server = net.create_server().on("close", must_call())
    server.listen(0, "localhost", must_call(None, 0), signal=controller.signal)
    controller.abort()
    run()


# ---------------------------------------------------------------------- async with


def test_async_with(must_call: Callable[..., Any]) -> None:
    async def main() -> None:
        server = net.create_server(lambda peer: peer.end(b"x"))
        async with server.listen(0, "127.0.0.1") as entered:
            assert entered is server
            assert server.listening
            client = await client_of(server)
            assert [chunk async for chunk in client] == [b"x"]
        assert not server.listening
        assert server.address() is None
        async with server:  # that does not listen: nothing to wait for
            pass

    uvnet.run(main())


def test_async_with_waits_for_connections() -> None:
    trace: list[str] = []

    async def main() -> None:
        async with serve(lambda peer: peer.resume()) as server:
            client = await client_of(server)
            client.on("close", lambda had_error: trace.append("client"))
            later(30, client.destroy)
            while server._connections == 0:
                await client._handle.loop.run_in_executor(None, lambda: None)
        trace.append("left")
        assert server._connections == 0

    uvnet.run(main())
    assert "left" in trace


def test_async_with_and_an_exception_waits_for_nobody() -> None:
    async def main() -> None:
        connected = asyncio.Event()
        with pytest.raises(asyncio.CancelledError):
            async with serve(lambda peer: connected.set()) as server:
                client = await client_of(server)
                await connected.wait()
                raise asyncio.CancelledError
        assert not server.listening
        client.destroy()
        await once(server, "close")

    uvnet.run(main())


def test_a_plain_peer(must_call: Callable[..., Any]) -> None:
    server = serve(lambda peer: peer.pipe(peer))
    with socket.create_connection(("127.0.0.1", port_of(server))) as plain:
        plain.sendall(b"hello")
        plain.shutdown(socket.SHUT_WR)
        server.on("connection", lambda peer: server.close())
        run()
        assert plain.recv(100) == b"hello"
        assert plain.recv(100) == b""
