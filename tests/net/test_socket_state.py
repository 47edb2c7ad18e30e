"""connecting, pending, ready_state and the addresses of a socket through its life."""

from __future__ import annotations

from collections.abc import Callable
from socket import create_connection, create_server
from typing import Any

import pytest

from uvnet import _core, net

from .helpers import client_of, closed_port, port_of, run, serve


def test_new() -> None:
    socket = net.Socket()
    assert socket.ready_state == "open"
    assert socket.pending
    assert not socket.connecting
    assert not socket.destroyed
    assert socket.readable
    assert socket.writable
    assert socket.server is None
    assert socket._handle is None


def test_ready_state(must_call: Callable[..., Any]) -> None:
    states = []
    server = serve(lambda peer: peer.end())
    client = net.Socket()
    states.append((client.ready_state, client.pending))
    client.connect(port_of(server), "127.0.0.1")
    states.append((client.ready_state, client.pending))

    def connected() -> None:
        states.append((client.ready_state, client.pending))
        client.end()
        states.append((client.ready_state, client.pending))

    client.on("connect", connected).resume()
    client.on("close", lambda had_error: states.append((client.ready_state, client.pending)))
    client.on("close", lambda had_error: server.close())
    run()
    assert states == [
        ("open", True),
        ("opening", True),
        ("open", False),
        ("read_only", False),
        ("closed", True),
    ]


def test_half_open(must_call: Callable[..., Any]) -> None:
    received = []
    server = serve(lambda peer: (peer.end(), peer.on("data", received.append)))
    client = client_of(server, allow_half_open=True)

    def ended() -> None:
        assert client.ready_state == "write_only"
        assert not client.readable
        assert client.writable
        client.end(b"late")

    client.on("end", must_call(ended)).resume()
    client.on("close", lambda had_error: server.close())
    run()
    assert received == [b"late"]


def test_pending_in_a_write_callback(must_call: Callable[..., Any]) -> None:
    server = serve(lambda peer: peer.resume())
    client = net.Socket()
    client.connect(port_of(server), "127.0.0.1")
    client.on("close", must_call(lambda had_error: server.close()))
    assert client.pending
    client.write(b"x", None, must_call(lambda error: seen.append(client.pending)))
    seen: list[bool] = []
    client.end().resume()
    run()
    assert seen == [False]
    assert client.pending


def test_connecting(must_call: Callable[..., Any]) -> None:
    server = serve(lambda peer: peer.end())
    client = client_of(server, must_call(lambda: seen.append(client.connecting)))
    seen: list[bool] = []
    assert client.connecting
    client.resume().on("close", lambda had_error: server.close())
    run()
    assert seen == [False]


def test_addresses_of_both_ends(must_call: Callable[..., Any]) -> None:
    ends: dict[str, Any] = {}

    def accepted(peer: net.Socket) -> None:
        ends["server"] = (
            (peer.local_address, peer.local_family, peer.local_port),
            (peer.remote_address, peer.remote_family, peer.remote_port),
        )
        assert peer.server is server
        peer.end()

    server = net.create_server(must_call(accepted))

    def listening() -> None:
        client = client_of(server)
        assert client.address() is None
        assert client.local_address is client.local_port is client.local_family is None
        assert client.remote_address is client.remote_port is client.remote_family is None

        def connected() -> None:
            ends["client"] = (
                (client.remote_address, client.remote_family, client.remote_port),
                (client.local_address, client.local_family, client.local_port),
            )
            assert client.address() == net.Address(
                client.local_address, client.local_family, client.local_port
            )

        client.on("connect", must_call(connected)).resume()
        client.on("close", lambda had_error: server.close())

    server.listen(0, "127.0.0.1", listening)
    run()
    assert ends["server"] == ends["client"]
    assert ends["client"][0][:2] == ("127.0.0.1", "IPv4")


def test_addresses_after_close(must_call: Callable[..., Any]) -> None:
    """Those of the peer stay, if they were asked for; those of ours never do."""
    server = serve(lambda peer: peer.end())
    asked, other = client_of(server), client_of(server)
    asked.on("connect", must_call(lambda: asked.remote_address and asked.local_address))
    closed = []

    def on_close(had_error: bool) -> None:
        closed.append(had_error)
        if len(closed) == 2:
            server.close()

    asked.resume().on("close", on_close)
    other.resume().on("close", on_close)
    run()
    assert asked.remote_address == "127.0.0.1"
    assert asked.remote_family == "IPv4"
    assert other.remote_address is other.remote_port is None
    for socket in (asked, other):
        assert socket.address() is None
        assert socket.local_address is socket.local_port is socket.local_family is None


def test_reading_addresses_never_raises(must_call: Callable[..., Any]) -> None:
    client = net.connect(closed_port(), "127.0.0.1")
    client.on("error", must_call(lambda error: None))
    for _ in range(2):
        assert client.remote_address is client.remote_family is client.remote_port is None
        assert client.address() is None
        run()


def test_methods_after_close(must_call: Callable[..., Any]) -> None:
    server = serve(lambda peer: peer.end())
    client = client_of(server)

    def closed(had_error: bool) -> None:
        server.close()
        assert client._handle is None
        assert client.set_no_delay() is client
        assert client.set_keep_alive() is client
        assert client.set_type_of_service(0) is client
        assert client.pause() is client
        assert client.resume() is client
        assert client.set_timeout(100) is client
        assert client.timeout is None
        assert client.buffer_size is None
        assert client.address() is None
        assert client.ref() is client
        assert client.unref() is client

    client.resume().on("close", must_call(closed))
    run()


def test_what_an_error_listener_sees(must_call: Callable[..., Any]) -> None:
    server = serve(lambda peer: peer.reset_and_destroy())
    client = client_of(server)

    def failed(error: Any) -> None:
        assert client._handle is None
        assert client.ready_state == "closed"
        assert client.remote_address is None

    client.on("error", must_call(failed))
    client.on("close", must_call(lambda had_error: server.close()))
    run()


def test_before_init() -> None:
    socket = net.Socket.__new__(net.Socket)
    assert socket.pending
    assert socket.address() is None
    assert socket.remote_address is None
    assert socket.ready_state == "open"
    assert not socket.connecting
    assert socket.bytes_read == socket.bytes_written == 0
    assert repr(socket)


def test_subclass(must_call: Callable[..., Any]) -> None:
    class Mine(net.Socket):
        def __init__(self, **options: Any) -> None:
            super().__init__(**options)
            self.mine = 5

    server = serve(lambda peer: peer.end(b"x"))
    client = Mine().connect(port_of(server), "127.0.0.1")
    assert client.mine == 5
    client.on("data", must_call(lambda data: None))
    client.on("close", lambda had_error: server.close())
    run()


@pytest.mark.parametrize("end", ["destroy", "reset_and_destroy", "destroy_soon"])
def test_destroyed_when_its_loop_has_closed(end: str) -> None:
    """Nobody is left to emit 'close'; it is destroyed all the same."""
    loop = _core.Loop()
    with create_server(("127.0.0.1", 0)) as listener:
        handle = _core.TCP(loop)
        handle.open(create_connection(listener.getsockname()).detach())
        client = net.Socket(handle=handle)
        with pytest.warns(ResourceWarning):
            loop.close()
        getattr(client, end)()
        assert client.destroyed or end == "destroy_soon"
        client.destroy()
        assert client.destroyed
