"""A server's block list: who is on it is closed before anybody hears of the connection."""

from __future__ import annotations

import gc
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from uvnet import _core, net
from uvnet.errors import ERR_INVALID_ARG_TYPE
from uvnet.net import BlockList

from .helpers import PATIENCE, client_of, port_of, run, serve, watch

LINUX = sys.platform == "linux"
needs_127_0_0_2 = pytest.mark.skipif(not LINUX, reason="127.0.0.2 is an address on Linux alone")


def blocking(*cidrs: str) -> BlockList:
    block_list = BlockList()
    block_list.add_cidrs(cidrs)
    return block_list


def blocked() -> int:
    count = _core.current_loop().counters()["blocked_accepts"]
    assert isinstance(count, int)
    return count


def watch_server(server: net.Server, seen: list[str]) -> None:
    for event in ("connection", "drop", "error", "close"):
        server.on(event, lambda *args, event=event: seen.append(event))


def test_the_client_connects_and_sees_the_end(must_call: Callable[..., Any]) -> None:
    seen: list[str] = []
    before = blocked()
    server = serve(block_list=blocking("127.0.0.0/8"))
    server.max_connections = 0  # they do not even count for 'drop'
    watch_server(server, seen)
    trace: list[str] = []
    client = watch(client_of(server), trace)
    client.resume()
    client.on("close", must_call(lambda had_error: server.close()))
    run()
    assert trace == ["connection_attempt", "connect", "ready", "end", "finish", "close(False)"]
    assert seen == ["close"]
    assert blocked() == before + 1


def test_rules_that_come_and_go(must_call: Callable[..., Any]) -> None:
    """A rule counts from the next connection on, though the server listens."""
    block_list = BlockList()
    served: list[str] = []
    results: list[bool] = []

    def on_connection(peer: net.Socket) -> None:
        served.append(peer.remote_address or "")
        peer.end(b"hello")

    server = serve(on_connection, block_list=block_list)
    assert server.block_list is block_list
    changes: list[Callable[[], Any]] = [
        lambda: None,
        lambda: block_list.add_address("127.0.0.1"),
        lambda: block_list.add_subnet("::ffff:127.0.0.0", 120, "ipv6"),
        lambda: block_list.remove_address("127.0.0.1"),
        block_list.clear,
        lambda: setattr(server, "block_list", blocking("127.0.0.1/32")),
        lambda: setattr(server, "block_list", None),
    ]

    def next_one() -> None:
        if not changes:
            server.close()
            return
        changes.pop(0)()
        data = bytearray()
        client = client_of(server)
        client.on("data", data.extend)

        def on_close(had_error: bool) -> None:
            results.append(bytes(data) == b"hello")
            next_one()

        client.on("close", must_call(on_close))

    next_one()
    run()
    assert results == [True, False, False, False, True, False, True]
    assert len(served) == 3


@needs_127_0_0_2
def test_only_who_is_on_the_list(must_call: Callable[..., Any]) -> None:
    """Of many that wait at once the others are served, in order."""
    seen: list[int | None] = []
    left = 40

    def on_connection(peer: net.Socket) -> None:
        assert peer.remote_address is not None and "127.0.0.1" in peer.remote_address
        seen.append(peer.remote_port)
        peer.destroy()

    def on_close(had_error: bool) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            server.close()

    before = blocked()
    server = serve(on_connection, block_list=blocking("127.0.0.2/32"))
    ports = []
    for i in range(left):
        host = "127.0.0.2" if i % 4 else "127.0.0.1"
        sock = socket.create_connection(("127.0.0.1", port_of(server)), PATIENCE, (host, 0))
        if host == "127.0.0.1":
            ports.append(sock.getsockname()[1])
        client = net.Socket(fd=sock.detach())
        client.on("error", lambda error: None)
        client.on("close", must_call(on_close))
        client.resume()
    run()
    assert seen == ports
    assert blocked() == before + 30


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6")
def test_ipv6(must_call: Callable[..., Any]) -> None:
    block_list = BlockList()
    block_list.add_address("::1", "ipv6")
    server = net.create_server(block_list=block_list).listen(0, "::1")
    server.on("connection", lambda peer: pytest.fail("it was served"))

    def on_listening() -> None:
        client = net.connect(port_of(server), "::1")
        client.resume()
        client.on("close", must_call(lambda had_error: server.close()))

    server.on("listening", must_call(on_listening))
    run()


def test_a_unix_socket_has_no_addresses(tmp_path: Path, must_call: Callable[..., Any]) -> None:
    block_list = BlockList()
    block_list.add_subnet("::", 0, "ipv6")
    server = net.create_server(block_list=block_list).listen(str(tmp_path / "socket"))
    server.on("connection", must_call(lambda peer: (peer.destroy(), server.close())))
    client = net.connect(str(tmp_path / "socket"))
    client.resume()
    run()


def test_handles_and_descriptors_of_others(must_call: Callable[..., Any]) -> None:
    for how in ("handle", "fd"):
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            fd = sock.detach()
        handle = _core.TCP()
        if how == "handle":
            assert handle.open(fd) == 0
        server = net.create_server(block_list=blocking("127.0.0.1/32"))
        server.on("connection", lambda peer: pytest.fail("it was served"))
        server.listen(**({"handle": handle} if how == "handle" else {"fd": fd}))
        client = client_of(server)
        client.resume()
        client.on("close", must_call(lambda had_error, server=server: server.close()))
        run()
        handle.close()
        run()


def test_listening_again_and_without_the_list() -> None:
    """The list outlives its last Python reference for as long as the server listens."""
    server = net.create_server(block_list=blocking("127.0.0.1/32"))
    server.on("connection", lambda peer: pytest.fail("it was served"))
    closed: list[bool] = []
    for _ in range(2):
        server.listen(0)
        client = client_of(server)
        client.resume()
        client.on("close", lambda had_error: (closed.append(had_error), server.close()))
        run()
    assert closed == [False, False]

    listener = _core.TCP()
    assert listener.bind("127.0.0.1", 0) == 0
    assert listener.set_block_rules(blocking("127.0.0.1/32")._rules) == 0
    gc.collect()
    listener.onconnection = lambda status, client: pytest.fail("it was served")
    assert listener.listen(5) == 0
    found = listener.getsockname()
    assert not isinstance(found, int)
    client = net.connect(found[2], "127.0.0.1")
    client.resume()
    client.on("close", lambda had_error: listener.close())
    run()


def test_the_low_level_one() -> None:
    handle = _core.TCP.__new__(_core.TCP)
    assert handle.set_block_rules(BlockList()._rules) == _core.UV_EBADF
    handle = _core.TCP()
    assert handle.set_block_rules(None) == 0
    for wrong in (5, BlockList(), "1.1.1.1"):
        with pytest.raises(TypeError):
            handle.set_block_rules(wrong)  # type: ignore[arg-type]
    assert handle.set_block_rules(BlockList()._rules) == 0
    handle.close()
    assert handle.set_block_rules(None) == _core.UV_EBADF
    run()
    rules = _core.BlockRules()
    one, nine = _core.SockAddr("10.0.0.1"), _core.SockAddr("10.0.0.9")
    assert (rules.add(one), rules.add(one), rules.add(one, nine)) == (0, _core.UV_EEXIST, 0)
    assert rules.add(nine, one) == rules.add(one, prefix=33) == _core.UV_EINVAL
    assert rules.add(one, prefix=24) == 0 and len(rules) == 3 and rules
    assert rules.texts(1) == ["Subnet: IPv4 10.0.0.1/24"] and rules.texts(0) == []
    with pytest.raises(ValueError, match="not both"):
        rules.add(one, nine, 24)
    with pytest.raises(OverflowError):
        rules.add(one, prefix=256)
    with pytest.raises(TypeError):
        rules.add("10.0.0.1")  # type: ignore[arg-type]
    assert rules.remove(one) == 0 and rules.remove(one) == _core.UV_ENOENT
    assert rules.check(_core.SockAddr("::ffff:10.0.0.77"))
    rules.clear()
    assert not rules.check(one)


@pytest.mark.parametrize("value", [5, "x", {}, [], net.BlockList, net.BlockList()._rules])
def test_what_is_no_block_list(value: Any) -> None:
    with pytest.raises(ERR_INVALID_ARG_TYPE, match="BlockList"):
        net.create_server(block_list=value)
    with pytest.raises(ERR_INVALID_ARG_TYPE, match="BlockList"):
        net.Socket(block_list=value)
    server = net.Server()
    with pytest.raises(ERR_INVALID_ARG_TYPE, match="BlockList"):
        server.block_list = value
    assert server.block_list is None
