"""no_delay, keep_alive and type_of_service: remembered, applied, and what the kernel has."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from uvnet import net
from uvnet.errors import ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE, UVError

from .helpers import client_of, port_of, run, serve
from .recording import RecordingTCP

LINUX = sys.platform == "linux"


def option(sock: net.Socket, level: int, name: int) -> int:
    """Return what the kernel has for a socket."""
    borrowed = socket.socket(fileno=sock._handle.fd)
    try:
        return borrowed.getsockopt(level, name)
    finally:
        borrowed.detach()


def no_delay(sock: net.Socket) -> bool:
    return option(sock, socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0


def keep_alive(sock: net.Socket) -> Any:
    """Return (seconds before, seconds between, count), or None if it is off."""
    if not option(sock, socket.SOL_SOCKET, socket.SO_KEEPALIVE):
        return None
    names = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
    return tuple(option(sock, socket.IPPROTO_TCP, name) for name in names)


def with_client(check: Callable[[net.Socket], None], must_call: Any, **options: Any) -> None:
    """Connect, and look at the socket in the callback of connect()."""
    server = serve(lambda peer: peer.end())
    client = client_of(server, must_call(lambda: check(client)), **options)
    client.resume().on("close", must_call(lambda had_error: server.close()))
    run()


# -------------------------------------------------------------------------- no_delay


@pytest.mark.parametrize("value", [True, False, 1, 0, "yes", "", None])
def test_no_delay_of_connect(value: Any, must_call: Callable[..., Any]) -> None:
    def check(client: net.Socket) -> None:
        assert no_delay(client) is bool(value)

    with_client(check, must_call, no_delay=value)


def test_set_no_delay(must_call: Callable[..., Any]) -> None:
    def check(client: net.Socket) -> None:
        assert client.set_no_delay() is client
        assert no_delay(client)
        client.set_no_delay(False)
        assert not no_delay(client)
        client.set_no_delay("yes")  # type: ignore[arg-type]
        assert no_delay(client)

    with_client(check, must_call)


# ------------------------------------------------------------------------ keep_alive


@pytest.mark.skipif(not LINUX, reason="the options have other names")
@pytest.mark.parametrize(
    ("enable", "delay", "expected"),
    [
        (True, 456_123, (456, 1, 10)),
        (1, 1000, (1, 1, 10)),
        ("yes", 2999.9, (2, 1, 10)),
        (False, 5000, None),
        (0, 5000, None),
        ("", 5000, None),
        (None, 5000, None),
    ],
)
def test_keep_alive_of_connect(
    enable: Any, delay: float, expected: Any, must_call: Callable[..., Any]
) -> None:
    def check(client: net.Socket) -> None:
        assert keep_alive(client) == expected

    with_client(check, must_call, keep_alive=enable, keep_alive_initial_delay=delay)


@pytest.mark.skipif(not LINUX, reason="the options have other names")
@pytest.mark.parametrize("delay", [0, 123, -1, -5000, None])
def test_keep_alive_without_a_delay_of_ours(delay: Any, must_call: Callable[..., Any]) -> None:
    def check(client: net.Socket) -> None:
        found = keep_alive(client)
        assert found is not None
        assert found[0] > 60  # the system's: two hours, mostly

    with_client(check, must_call, keep_alive=True, keep_alive_initial_delay=delay)


@pytest.mark.skipif(not LINUX, reason="the options have other names")
def test_set_keep_alive(must_call: Callable[..., Any]) -> None:
    def check(client: net.Socket) -> None:
        assert client.set_keep_alive(True, 5000, 2000, 3) is client
        assert keep_alive(client) == (5, 2, 3)
        client.set_keep_alive(True, 7000)
        assert keep_alive(client) == (7, 1, 10)
        client.set_keep_alive(True, 7000, interval=10)
        assert keep_alive(client) == (7, 1, 10)
        client.set_keep_alive()
        assert keep_alive(client) is None
        client.set_keep_alive(enable=True, initial_delay=1000, count=4)
        assert keep_alive(client) == (1, 1, 4)

    with_client(check, must_call)


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ((True, "x"), ERR_INVALID_ARG_TYPE),
        ((True, float("inf")), ERR_OUT_OF_RANGE),
        ((True, 1, "x"), ERR_INVALID_ARG_TYPE),
        ((True, 1, 1, "x"), ERR_INVALID_ARG_TYPE),
        ((True, 1, 1, 0), ERR_OUT_OF_RANGE),
    ],
)
def test_wrong_keep_alive(args: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        net.Socket().set_keep_alive(*args)


def test_wrong_initial_delay() -> None:
    with pytest.raises(ERR_INVALID_ARG_TYPE, match="keep_alive_initial_delay"):
        net.Socket(keep_alive_initial_delay="a")  # type: ignore[arg-type]


def probes() -> int:
    """Return how many keep-alive probes this machine has sent."""
    names, numbers = (
        line.split()
        for line in Path("/proc/net/netstat").read_text().splitlines()
        if line.startswith("TcpExt:")
    )
    return int(dict(zip(names, numbers, strict=True))["TCPKeepAlive"])


@pytest.mark.skipif(not LINUX, reason="the count of probes is Linux's")
def test_a_silent_connection_is_probed_and_lives(must_call: Callable[..., Any]) -> None:
    server = serve(lambda peer: peer.pipe(peer))
    client = client_of(server, keep_alive=True, keep_alive_initial_delay=1000)
    before = probes()

    def look() -> None:
        if probes() == before:
            client.set_timeout(50)
        else:
            client.set_timeout(0)
            client.end("still there")

    client.set_timeout(1000).on("timeout", look)
    client.on("data", must_call(lambda chunk: received.append(chunk)))
    received: list[bytes] = []
    client.on("close", must_call(lambda had_error: server.close()))
    run()
    assert received == [b"still there"]


# ------------------------------------------------------------------- type_of_service


def test_type_of_service(must_call: Callable[..., Any]) -> None:
    def check(client: net.Socket) -> None:
        assert client.get_type_of_service() == 0x10
        assert client.set_type_of_service(0x20) is client
        assert client.get_type_of_service() == 0x20
        assert option(client, socket.IPPROTO_IP, socket.IP_TOS) == 0x20

    with_client(check, must_call, type_of_service=0x10)


def test_type_of_service_by_ipv6(must_call: Callable[..., Any]) -> None:
    server = serve(lambda peer: peer.end())
    if server.address().family != "IPv6":
        server.close()
        run()
        pytest.skip("there is no IPv6")
    client = net.connect(port_of(server), "::1", type_of_service=0x10)
    client.on("connect", must_call(lambda: seen.append(client.get_type_of_service())))
    seen: list[int] = []
    client.resume().on("close", lambda had_error: server.close())
    run()
    assert seen == [0x10]


def test_type_of_service_before_connect(must_call: Callable[..., Any]) -> None:
    socket = net.Socket()
    assert socket.get_type_of_service() == 0
    socket.set_type_of_service(8)
    assert socket.get_type_of_service() == 8
    server = serve(lambda peer: peer.end())
    socket.connect(port_of(server), "127.0.0.1")
    with pytest.raises(UVError, match="get_type_of_service EBADF"):
        socket.get_type_of_service()
    socket.on("connect", must_call(lambda: seen.append(socket.get_type_of_service())))
    seen: list[int] = []
    socket.resume().on("close", lambda had_error: server.close())
    run()
    assert seen == [8]


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (256, ERR_OUT_OF_RANGE),
        (-1, ERR_OUT_OF_RANGE),
        (1.5, ERR_OUT_OF_RANGE),
        (float("nan"), ERR_INVALID_ARG_TYPE),
        ("x", ERR_INVALID_ARG_TYPE),
        (None, ERR_INVALID_ARG_TYPE),
    ],
)
def test_wrong_type_of_service(value: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        net.Socket().set_type_of_service(value)
    if value is not None:
        with pytest.raises(error):
            net.Socket(type_of_service=value)


# ------------------------------------------------------------------------ remembered


def test_settings_are_applied_in_order_before_connect(must_call: Callable[..., Any]) -> None:
    server = serve(lambda peer: peer.end())
    socket = net.Socket()
    assert socket.set_no_delay() is socket
    assert socket.set_keep_alive(True, 2500) is socket
    assert socket.set_type_of_service(4) is socket
    handle = RecordingTCP()
    socket._attach(handle)
    socket.connect(port_of(server), "127.0.0.1")

    def connected() -> None:
        assert handle.calls == [
            ("no_delay", True),
            ("keep_alive", True, 2),
            ("type_of_service", 4),
        ]
        handle.calls.clear()
        socket.set_no_delay(True)  # as it is
        socket.set_keep_alive(True, 2999)  # the same in seconds
        socket.set_type_of_service(4)
        assert handle.calls == []
        socket.set_no_delay(False)
        socket.set_keep_alive(True, 5000, 2000, 3)
        assert handle.calls == [("no_delay", False), ("keep_alive", True, 5, 2, 3)]

    socket.on("connect", must_call(connected)).resume()
    socket.on("close", must_call(lambda had_error: server.close()))
    run()


def test_what_is_off_is_not_applied(must_call: Callable[..., Any]) -> None:
    server = serve(lambda peer: peer.end())
    handle = RecordingTCP()
    socket = net.Socket(handle=handle, no_delay=False, keep_alive=False)
    socket.connect(port_of(server), "127.0.0.1")
    socket.on("connect", must_call(lambda: handle.calls.append("connect"))).resume()
    socket.on("close", must_call(lambda had_error: server.close()))
    run()
    assert handle.calls == ["connect"]


@pytest.mark.parametrize("order", [["ref"], ["unref"], ["unref", "ref", "unref"]])
def test_ref_and_unref_before_connect(order: list[str], must_call: Callable[..., Any]) -> None:
    server = serve(lambda peer: peer.end())
    socket = net.Socket()
    for name in order:
        assert getattr(socket, name)() is socket
    handle = RecordingTCP()
    socket._attach(handle)
    socket.connect(port_of(server), "127.0.0.1")
    socket.resume().on("close", must_call(lambda had_error: server.close()))
    run()
    assert [name for (name,) in handle.calls] == order


def test_options_of_a_unix_socket_do_nothing(tmp_path: Any, must_call: Callable[..., Any]) -> None:
    path = str(tmp_path / "s")
    server = net.create_server(lambda peer: peer.end(), no_delay=True, keep_alive=True)
    server.listen(path)
    socket = net.connect(path, no_delay=True, keep_alive=True, type_of_service=3)

    def connected() -> None:
        assert socket.set_no_delay(False) is socket
        assert socket.set_keep_alive(True, 1000) is socket
        assert socket.set_type_of_service(5) is socket
        assert socket.get_type_of_service() == 5

    socket.on("connect", must_call(connected)).resume()
    socket.on("close", must_call(lambda had_error: server.close()))
    run()
