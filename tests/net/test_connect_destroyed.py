"""Sockets that are destroyed, reset or ended before they are connected."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import uvnet
from uvnet import net

from .helpers import client_of, later, port_of, run, serve, watch


def test_destroyed_at_once() -> None:
    trace: list[str] = []
    server = serve(lambda socket: trace.append("connection"))
    client = watch(client_of(server, lambda: trace.append("callback")), trace)
    client.destroy()
    assert client.destroyed
    assert not client.connecting
    client.on("close", lambda had_error: server.close())
    uvnet.next_tick(trace.append, "tick")
    uvnet.set_immediate(trace.append, "immediate")
    run()
    assert trace == ["tick", "immediate", "close(False)"]


def test_never_connected() -> None:
    trace: list[str] = []
    client = watch(net.Socket(), trace)
    client.destroy()
    trace.append("sync")
    uvnet.next_tick(trace.append, "tick")
    run()
    assert trace == ["sync", "close(None)", "tick"]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_destroyed_while_it_is_looked_up(host: str, must_call: Callable[..., Any]) -> None:
    server = serve(must_call(None, 0))
    client = net.connect(port_of(server), host, must_call(None, 0))
    client.on("lookup", must_call(None, 0))
    client.on("close", must_call(lambda had_error: later(20, server.close)))
    client.destroy()
    run()


def test_a_stale_lookup_does_not_connect(must_call: Callable[..., Any]) -> None:
    """Not in Node, which connects the reused socket to where it was to go before."""
    callbacks: list[Any] = []

    def lookup(host: str, callback: Any, **options: Any) -> None:
        callbacks.append(callback)

    server = serve(must_call(lambda socket: socket.end()))
    client = net.connect(port_of(server), "first.test", lookup=lookup)
    client.destroy()

    def again(had_error: bool) -> None:
        client.remove_all_listeners("close")
        client.connect(port_of(server), "127.0.0.1")
        client.on("connection_attempt", must_call(lambda *args: None))
        callbacks[0](None, [("127.0.0.2", 4)])
        client.on("close", must_call(lambda had_error: server.close()))
        client.resume()

    client.on("close", again)
    run()


@pytest.mark.parametrize("event", ["lookup", "connection_attempt", "connect"])
def test_destroyed_by_a_listener(event: str) -> None:
    trace: list[str] = []
    server = serve(lambda socket: socket.on("error", lambda error: None).resume())

    def lookup(host: str, callback: Any, **options: Any) -> None:
        uvnet.next_tick(callback, None, [("127.0.0.1", 4), ("127.0.0.2", 4)])

    client = watch(net.connect(port_of(server), "two.test", lookup=lookup), trace)
    client.on(event, lambda *args: client.destroy())
    client.on("close", lambda had_error: server.close())
    run()
    expected = ["lookup", "lookup", "connection_attempt", "connect", "ready"]
    if event == "lookup":
        expected = ["lookup"]
    elif event == "connection_attempt":
        expected = ["lookup", "lookup", "connection_attempt"]
    assert trace == [*expected, "close(False)"]


def test_ended_before_the_name_is_found_wanting(must_call: Callable[..., Any]) -> None:
    client = net.connect(80, "no-such-host.invalid", must_call(None, 0))
    client.end()
    client.on("error", must_call(lambda error: codes.append(error.code)))
    codes: list[str] = []
    run()
    assert codes in (["ENOTFOUND"], ["EAI_AGAIN"], ["EAI_FAIL"])


def test_ended_before_it_is_connected(must_call: Callable[..., Any]) -> None:
    server = serve(lambda socket: socket.resume())
    client = client_of(server)
    client.end()
    client.on("end", must_call()).on("close", must_call(lambda had_error: server.close()))
    client.resume()
    run()


def test_ended_without_connecting(must_call: Callable[..., Any]) -> None:
    socket = net.Socket()
    socket.end(must_call(lambda error: None))
    run()
    assert socket.writable_finished
    assert not socket.destroyed


def test_reset_while_connecting(must_call: Callable[..., Any]) -> None:
    trace: list[str] = []
    server = serve(lambda socket: watch(socket, trace, "error"))
    client = client_of(server, must_call())
    assert client.reset_and_destroy() is client
    assert not client.destroyed
    client.on("error", must_call(None, 0))
    client.on("close", must_call(lambda had_error: server.close()))
    run()
    assert trace == ["error(ECONNRESET)"]


def test_reset_and_destroyed_while_connecting(must_call: Callable[..., Any]) -> None:
    server = serve()
    client = client_of(server, must_call(None, 0))
    assert client.reset_and_destroy().destroy() is client
    client.on("error", must_call(None, 0))
    client.on("close", must_call(lambda had_error: server.close()))
    run()


def test_reset_of_what_never_connected(must_call: Callable[..., Any]) -> None:
    trace: list[str] = []
    client = watch(net.Socket(), trace)
    client.reset_and_destroy()
    run()
    assert trace == ["error(ERR_SOCKET_CLOSED)", "close(None)"]


def test_reset_twice(must_call: Callable[..., Any]) -> None:
    server = serve(lambda socket: socket.on("error", must_call(lambda error: None)))
    client = client_of(server)
    client.on("connect", lambda: later(10, reset))
    client.on("error", must_call(None, 0))
    client.on("close", must_call(lambda had_error: server.close()))

    def reset() -> None:
        client.reset_and_destroy()
        client.reset_and_destroy()

    run()
