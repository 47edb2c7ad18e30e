"""max_connections and 'drop'."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from uvnet import net

from .helpers import client_of, port_of, run, serve, watch


def test_late_ones_are_dropped(must_call: Callable[..., Any]) -> None:
    """They do connect, and see an end without data."""
    limit, count = 5, 12
    peers: list[net.Socket] = []
    received: list[bytes] = []
    closed: list[bool] = []

    def accepted(peer: net.Socket) -> None:
        peers.append(peer)
        peer.write(b"served")

    def on_close(had_error: bool) -> None:
        closed.append(had_error)
        if len(closed) == count - limit:  # those that were accepted are open still
            for peer in peers:
                peer.destroy()
            server.close()

    server = serve(must_call(accepted, limit))
    server.max_connections = limit
    server.on("drop", must_call(lambda data: None, count - limit))
    for _ in range(count):
        client_of(server, must_call()).on("data", received.append).on("close", on_close)
    run()
    assert received == [b"served"] * limit
    assert closed == [False] * count


def test_what_a_dropped_client_sees() -> None:
    trace: list[str] = []
    server = serve()
    server.max_connections = 0
    client = watch(client_of(server), trace).resume()
    client.on("close", lambda had_error: server.close())
    run()
    assert trace == ["connection_attempt", "connect", "ready", "end", "finish", "close(False)"]


def test_data_of_drop(must_call: Callable[..., Any]) -> None:
    server = net.create_server(must_call(None, 0))
    server.max_connections = 0
    server.on("drop", must_call(lambda data: drops.append(data)))
    drops: list[Any] = []
    ports: list[Any] = []

    def listening() -> None:
        client = client_of(server)
        client.on("connect", lambda: ports.append(client.local_port))
        client.resume().on("close", lambda had_error: server.close())

    server.listen(0, "127.0.0.1", lambda: (ports.append(port_of(server)), listening()))
    run()
    assert drops == [
        net.Dropped("127.0.0.1", ports[0], "IPv4", "127.0.0.1", ports[1], "IPv4"),
    ]
    assert drops[0].remote_port == ports[1]


def test_drop_on_a_path(tmp_path: Path, must_call: Callable[..., Any]) -> None:
    path = str(tmp_path / "s")
    server = net.create_server(must_call(None, 0)).listen(path)
    server.max_connections = 0
    server.on("drop", must_call(lambda *args: drops.append(args)))
    drops: list[Any] = []
    net.connect(path).resume().on("close", lambda had_error: server.close())
    run()
    assert drops == [(None,)]


@pytest.mark.parametrize("limit", [None, 100])
def test_no_limit(limit: int | None, must_call: Callable[..., Any]) -> None:
    count = 20
    server = serve(must_call(lambda peer: peer.end(), count))
    server.max_connections = limit
    closed: list[bool] = []

    def on_close(had_error: bool) -> None:
        closed.append(had_error)
        if len(closed) == count:
            server.close()

    for _ in range(count):
        client_of(server).resume().on("close", on_close)
    run()


def test_a_place_that_becomes_free(must_call: Callable[..., Any]) -> None:
    rounds = [4]

    def accepted(peer: net.Socket) -> None:
        peer.end()
        peer.on("close", lambda had_error: next_one())

    def next_one() -> None:
        rounds[0] -= 1
        if rounds[0]:
            client_of(server).resume()
        else:
            server.close()

    server = serve(must_call(accepted, rounds[0]))
    server.max_connections = 1
    server.on("drop", must_call(None, 0))
    client_of(server).resume()
    run()


def test_the_limit_may_change(must_call: Callable[..., Any]) -> None:
    server = serve(must_call(lambda peer: peer.end()))
    server.max_connections = 0

    def dropped(had_error: bool) -> None:
        server.max_connections = None
        client_of(server).resume().on("close", lambda had_error: server.close())

    client_of(server).resume().on("close", dropped)
    run()


def test_a_listener_of_drop_that_raises(must_call: Callable[..., Any]) -> None:
    """The connection is closed even so."""

    def fails(data: Any) -> None:
        raise LookupError

    server = serve()
    server.max_connections = 0
    server.on("drop", fails)
    client_of(server).resume().on("close", must_call(lambda had_error: server.close()))
    with pytest.raises(LookupError):
        run()
    run()
