"""What a server gives to the sockets that it accepts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from uvnet import _core, net
from uvnet.errors import ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_OUT_OF_RANGE

from .helpers import client_of, later, run, serve
from .test_socket_options import LINUX, keep_alive, no_delay


@pytest.mark.parametrize("listener", ["path", 0, True, {}, []])
def test_listeners_that_cannot_be_called(listener: Any) -> None:
    with pytest.raises(ERR_INVALID_ARG_TYPE, match="connection_listener"):
        net.create_server(listener)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"high_water_mark": "x"}, ERR_INVALID_ARG_TYPE),
        ({"high_water_mark": 1.5}, ERR_OUT_OF_RANGE),
        ({"keep_alive_initial_delay": "x"}, ERR_INVALID_ARG_TYPE),
        ({"keep_alive_initial_delay": float("nan")}, ERR_OUT_OF_RANGE),
        ({"block_list": {}}, ERR_INVALID_ARG_TYPE),
        ({"onread": 5}, ERR_INVALID_ARG_TYPE),
        ({"onread": (bytearray(5), 5)}, ERR_INVALID_ARG_TYPE),
        ({"onread": (b"read only", print)}, ERR_INVALID_ARG_TYPE),
        ({"onread": (bytearray(5), print)}, ERR_INVALID_ARG_VALUE),
        ({"no_such_option": 5}, TypeError),
    ],
)
def test_wrong_options(options: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        net.Server(**options)


def test_defaults() -> None:
    server = net.create_server()
    assert isinstance(server, net.Server)
    assert not server.listening
    assert server.max_connections is None
    assert server.drop_max_connection is False
    assert not server.allow_half_open
    assert not server.pause_on_connect
    assert server.high_water_mark == 65536
    assert net.Server(high_water_mark=-5).high_water_mark == 65536
    with pytest.raises(ERR_INVALID_ARG_TYPE):
        server.drop_max_connection = 1  # type: ignore[assignment]
    server.drop_max_connection = True
    assert server.drop_max_connection


def accepted_by(must_call: Any, check: Callable[[net.Socket], None], **options: Any) -> None:
    """Look at a socket in the 'connection' listener of a server with these options."""

    def accepted(peer: net.Socket) -> None:
        try:
            check(peer)
        finally:
            peer.destroy()
            server.close()

    server = serve(must_call(accepted), **options)
    client_of(server).resume().on("error", lambda error: None)
    run()


@pytest.mark.parametrize("value", [True, False, 1, 0, "x", ""])
def test_no_delay(value: Any, must_call: Callable[..., Any]) -> None:
    def check(peer: net.Socket) -> None:
        assert no_delay(peer) is bool(value)
        peer.set_no_delay(not value)
        assert no_delay(peer) is not bool(value)

    accepted_by(must_call, check, no_delay=value)


@pytest.mark.skipif(not LINUX, reason="the options have other names")
def test_keep_alive(must_call: Callable[..., Any]) -> None:
    def check(peer: net.Socket) -> None:
        assert keep_alive(peer) == (1, 1, 10)
        peer.set_keep_alive(False)
        assert keep_alive(peer) is None

    accepted_by(must_call, check, keep_alive=True, keep_alive_initial_delay=1500.7)


def test_no_keep_alive(must_call: Callable[..., Any]) -> None:
    def check(peer: net.Socket) -> None:
        assert keep_alive(peer) is None

    accepted_by(must_call, check, keep_alive=False, keep_alive_initial_delay=1000)


def test_high_water_mark(must_call: Callable[..., Any]) -> None:
    def check(peer: net.Socket) -> None:
        assert peer.readable_high_water_mark == peer.writable_high_water_mark == 1000

    accepted_by(must_call, check, high_water_mark=1000)

    def check_default(peer: net.Socket) -> None:
        assert peer.readable_high_water_mark == peer.writable_high_water_mark == 65536

    accepted_by(must_call, check_default)


def test_high_water_mark_and_text(must_call: Callable[..., Any]) -> None:
    def accepted(peer: net.Socket) -> None:
        peer.write("e9", "hex")
        peer.end("\u00e9")
        server.close()

    server = serve(must_call(accepted), high_water_mark=1000)
    received: list[bytes] = []
    client_of(server).on("data", received.append)
    run()
    assert b"".join(received) == b"\xe9\xc3\xa9"


def test_allow_half_open(must_call: Callable[..., Any]) -> None:
    def accepted(peer: net.Socket) -> None:
        assert peer.allow_half_open
        peer.resume().on("end", must_call(lambda: later(20, ended, peer)))

    def ended(peer: net.Socket) -> None:
        assert peer.ready_state == "write_only"
        peer.end(b"reply")
        server.close()

    server = serve(must_call(accepted), allow_half_open=True)
    received: list[bytes] = []
    client_of(server).end(b"x").on("data", received.append)
    run()
    assert received == [b"reply"]


def test_no_half_open(must_call: Callable[..., Any]) -> None:
    """The socket ends when its client has."""

    def accepted(peer: net.Socket) -> None:
        assert not peer.allow_half_open
        peer.resume().on("close", must_call(lambda had_error: server.close()))

    server = serve(must_call(accepted))
    client_of(server).end(b"x").resume()
    run()


def test_pause_on_connect(must_call: Callable[..., Any]) -> None:
    trace: list[Any] = []

    def accepted(peer: net.Socket) -> None:
        assert peer.is_paused()
        assert peer.readable_flowing is False
        assert not peer._handle.active
        peer.on("data", trace.append).on("end", lambda: trace.append("end"))
        later(40, resume, peer)
        server.close()

    def resume(peer: net.Socket) -> None:
        assert peer.bytes_read == 0
        trace.append("resume")
        peer.resume()

    server = serve(must_call(accepted), pause_on_connect=True)
    client_of(server).end(b"hello").resume()
    run()
    assert trace == ["resume", b"hello", "end"]


def test_an_accepted_socket_that_nobody_reads_ends(must_call: Callable[..., Any]) -> None:
    """It reads from the start: it sees the bare end."""
    server = serve(must_call(lambda peer: peer.on("close", must_call(closed))))

    def closed(had_error: bool) -> None:
        assert had_error is False
        server.close()

    client_of(server).end().resume()
    run()


def test_a_listener_that_raises(must_call: Callable[..., Any]) -> None:
    def fails(peer: net.Socket) -> None:
        peer.on("close", must_call(lambda had_error: server.close()))
        peer.resume()
        raise LookupError("of the listener")

    server = serve(fails)
    client_of(server).end().resume()
    with pytest.raises(LookupError):
        run()
    run()


def test_two_listeners(must_call: Callable[..., Any]) -> None:
    sockets: list[Any] = []
    server = serve(sockets.append)
    server.on("connection", lambda peer: (sockets.append(peer), peer.end(), server.close()))
    client_of(server).resume()
    run()
    assert sockets[0] is sockets[1]
    assert sockets[0].server is server


def test_no_dictionary(must_call: Callable[..., Any]) -> None:
    """An accepted socket has none until somebody needs it."""
    import gc

    def check(peer: net.Socket) -> None:
        assert not any(isinstance(each, dict) for each in gc.get_referents(peer))
        peer.mine = 5  # type: ignore[attr-defined]
        assert peer.mine == 5  # type: ignore[attr-defined]

    accepted_by(must_call, check)


def test_a_server_before_init(must_call: Callable[..., Any]) -> None:
    server = net.Server.__new__(net.Server)
    assert not server.listening
    assert server.address() is None
    assert repr(server)
    server.on("connection", must_call(lambda peer: (peer.end(), server.close())))
    server.listen(0)
    client_of(server).resume()
    run()


def test_what_a_failing_factory_leaves(must_call: Callable[..., Any]) -> None:
    """The connection is closed, and the server goes on."""

    def onread(peer: net.Socket) -> Any:
        raise LookupError("of the factory")

    server = serve(must_call(None, 0), onread=onread)
    client = client_of(server).resume()
    client.on("error", lambda error: None)
    client.on("close", must_call(lambda had_error: server.close()))
    with pytest.raises(LookupError):
        run()
    run()
    assert server._connections == 0


# --------------------------------------------------------------------------- onread


def test_onread_with_a_factory(must_call: Callable[..., Any]) -> None:
    """Each socket has its own buffer, and its callback knows the socket."""
    buffers: list[bytearray] = []

    def onread(peer: net.Socket) -> Any:
        buffer = bytearray(4)
        buffers.append(buffer)

        def echo(nread: int, data: bytearray) -> None:
            assert data is buffer
            peer.write(bytes(data[:nread]))

        return net.OnRead(buffer, echo)

    server = serve(lambda peer: peer.on("data", must_call(None, 0)), onread=onread)
    left = [2]
    received: dict[bytes, bytes] = {}

    def start(text: bytes) -> None:
        client = client_of(server)
        parts: list[bytes] = []
        client.on("data", parts.append)

        def closed(had_error: bool) -> None:
            received[text] = b"".join(parts)
            left[0] -= 1
            if not left[0]:
                server.close()

        client.on("close", closed)
        client.end(text)

    start(b"hello world")
    start(b"another one")
    run()
    assert received == {b"hello world": b"hello world", b"another one": b"another one"}
    assert len(buffers) == 2


def test_onread_with_a_buffer_function(must_call: Callable[..., Any]) -> None:
    buffers: list[bytearray] = []
    received = bytearray()

    def buffer() -> bytearray:
        buffers.append(bytearray(3))
        return buffers[-1]

    def callback(nread: int, data: bytearray) -> None:
        assert data is buffers[-1]
        received.extend(data[:nread])

    server = serve(
        must_call(lambda peer: peer.on("end", must_call(server_closes))), onread=(buffer, callback)
    )

    def server_closes() -> None:
        server.close()

    client_of(server).end(b"abcdef").resume()
    run()
    assert received == b"abcdef"
    assert len(buffers) == 3


def test_native_class_of_the_handle(must_call: Callable[..., Any]) -> None:
    def check(peer: net.Socket) -> None:
        assert type(peer._handle) is _core.TCP

    accepted_by(must_call, check)
