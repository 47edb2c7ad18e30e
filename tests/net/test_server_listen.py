"""What listen() takes, in which forms; when it listens, and what address() says."""

from __future__ import annotations

import functools
import gc
import socket
import sys
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import uvnet
from uvnet import _core, net
from uvnet.errors import (
    ERR_INVALID_ARG_TYPE,
    ERR_INVALID_ARG_VALUE,
    ERR_OUT_OF_RANGE,
    ERR_SERVER_ALREADY_LISTEN,
    ERR_SOCKET_BAD_PORT,
)

from .helpers import client_of, free_port, later, port_of, run, serve


@pytest.mark.parametrize(
    ("args", "options", "error"),
    [
        ((), {"host": "x"}, ERR_INVALID_ARG_VALUE),
        ((), {"fd": -1}, ERR_INVALID_ARG_VALUE),
        ((), {"fd": "x"}, ERR_INVALID_ARG_VALUE),
        ((), {"backlog": 5}, ERR_INVALID_ARG_VALUE),
        ((False,), {}, ERR_INVALID_ARG_VALUE),
        ((True,), {}, ERR_INVALID_ARG_VALUE),
        (({},), {}, ERR_INVALID_ARG_VALUE),
        ((), {"port": True}, ERR_INVALID_ARG_VALUE),
        ((), {"port": []}, ERR_INVALID_ARG_VALUE),
        ((), {"path": ""}, ERR_INVALID_ARG_VALUE),
        ((), {"path": "80"}, ERR_INVALID_ARG_VALUE),
        ((), {"path": -1}, ERR_INVALID_ARG_VALUE),
        ((), {"path": b"/tmp/x"}, ERR_INVALID_ARG_VALUE),
        ((-1,), {}, ERR_SOCKET_BAD_PORT),
        ((2**32 - 1,), {}, ERR_SOCKET_BAD_PORT),
        ((2**32 - 1, "127.0.0.1"), {}, ERR_SOCKET_BAD_PORT),
        ((), {"port": 2**32 - 1}, ERR_SOCKET_BAD_PORT),
        ((), {"port": 65536}, ERR_SOCKET_BAD_PORT),
        ((), {"port": 1.5}, ERR_SOCKET_BAD_PORT),
        ((float("nan"),), {}, ERR_SOCKET_BAD_PORT),
        ((float("inf"),), {}, ERR_SOCKET_BAD_PORT),
        (("",), {}, ERR_SOCKET_BAD_PORT),
        ((0,), {"signal": "x"}, ERR_INVALID_ARG_TYPE),
        ((0,), {"host": 5}, ERR_INVALID_ARG_TYPE),
        ((0,), {"host": "a\0b"}, ERR_INVALID_ARG_VALUE),
        ((0,), {"backlog": "x"}, ERR_INVALID_ARG_TYPE),
        ((0,), {"backlog": -1}, ERR_OUT_OF_RANGE),
        ((0,), {"ipv6_only": 1}, ERR_INVALID_ARG_TYPE),
        ((0,), {"reuse_port": "yes"}, ERR_INVALID_ARG_TYPE),
        ((0,), {"exclusive": 0}, ERR_INVALID_ARG_TYPE),
        ((), {"path": "\0a", "readable_all": True}, ERR_INVALID_ARG_VALUE),
        ((), {"path": "\0a", "writable_all": True}, ERR_INVALID_ARG_VALUE),
        ((), {"handle": object()}, ERR_INVALID_ARG_TYPE),
        ((0,), {"prot": 80}, TypeError),
        ((0, "localhost", 5, 6), {}, TypeError),
        ((0,), {"port": 0}, TypeError),
    ],
)
def test_wrong_arguments_raise_at_once(args: Any, options: Any, error: type[Exception]) -> None:
    server = net.create_server()
    with pytest.raises(error):
        server.listen(*args, **options)
    assert not server.listening
    assert server.address() is None
    server.listen(0)  # it may still
    server.close()
    run()


def test_what_is_missing_is_named() -> None:
    with pytest.raises(ERR_INVALID_ARG_VALUE, match='must have the property "port" or "path"'):
        net.create_server().listen(host="x")


@pytest.mark.parametrize(
    ("args", "options"),
    [
        ((), {}),
        ((None,), {}),
        ((0,), {}),
        (("0",), {}),
        (("0x0",), {}),
        ((0, None), {}),
        ((0, 128), {}),
        ((0, None, 128), {}),
        ((0, ""), {}),
        ((), {"port": None}),
        ((0,), {"exclusive": None, "ipv6_only": None, "signal": None, "backlog": None}),
        ((), {"port": 0}),
        ((), {"port": "0", "backlog": 0}),
        ((), {"port": 0, "backlog": 10, "exclusive": True}),
        ((), {"port": 0, "path": "/no/such/folder"}),
    ],
)
@pytest.mark.parametrize("callback", [False, True])
def test_without_a_host_it_listens_at_once(
    args: Any, options: Any, callback: bool, must_call: Callable[..., Any]
) -> None:
    server = net.create_server()
    trace: list[str] = []
    server.on("listening", must_call(lambda: trace.append("listening")))
    callbacks = (must_call(),) if callback else ()
    assert server.listen(*args, *callbacks, **options) is server
    assert server.listening
    address = server.address()
    assert isinstance(address, net.Address)
    assert address.port > 0
    assert (address.address, address.family) in (("::", "IPv6"), ("0.0.0.0", "IPv4"))
    uvnet.next_tick(trace.append, "tick")
    later(1, server.close)
    run()
    assert trace == ["listening", "tick"]
    assert server.listener_count("listening") == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("form", ["positional", "backlog", "options"])
def test_with_a_host_it_listens_later(host: str, form: str, must_call: Callable[..., Any]) -> None:
    server = net.create_server()
    trace: list[str] = []
    if form == "options":
        server.listen(port=0, host=host, backlog=5)
    else:
        server.listen(0, host, *([5] if form == "backlog" else []), must_call())
    assert not server.listening
    assert server.address() is None
    uvnet.next_tick(trace.append, "tick")
    uvnet.set_immediate(trace.append, "immediate")

    def listening() -> None:
        trace.append("listening")
        assert server.listening
        assert server.address()[0] in ("127.0.0.1", "::1")
        server.close()
        assert not server.listening

    server.on("listening", must_call(listening))
    run()
    expected = ["tick", "listening", "immediate"]
    assert trace == expected if net.is_ip(host) else sorted(trace) == sorted(expected)


def test_a_port_that_is_asked_for(must_call: Callable[..., Any]) -> None:
    port = free_port()
    server = net.create_server().listen(str(port))
    assert port_of(server) == port
    server.close()
    run()


def test_both_families(must_call: Callable[..., Any]) -> None:
    seen = []

    def accepted(peer: net.Socket) -> None:
        seen.append((peer.remote_address, peer.remote_family))
        peer.end()

    server = serve(must_call(accepted))
    if server.address().family == "IPv4":
        expected = [("127.0.0.1", "IPv4")]
    else:
        expected = [("::ffff:127.0.0.1", "IPv6")]
    client_of(server).resume().on("close", lambda had_error: server.close())
    run()
    assert seen == expected


@pytest.mark.parametrize("host", ["::", None])
def test_ipv6_only(host: str | None, must_call: Callable[..., Any]) -> None:
    server = net.create_server()
    server.on("error", lambda error: pytest.skip(f"there is no IPv6: {error}"))

    def listening() -> None:
        client = client_of(server)
        client.on("error", must_call(lambda error: codes.append(error.code)))
        client.on("close", lambda had_error: server.close())

    codes: list[str] = []
    server.listen(0, host, listening, ipv6_only=True)
    run()
    assert codes == ["ECONNREFUSED"]


def test_ipv6(must_call: Callable[..., Any]) -> None:
    server = net.create_server(must_call(lambda peer: peer.end()))
    server.on("error", lambda error: pytest.skip(f"there is no IPv6: {error}"))

    def listening() -> None:
        assert server.address()[:2] == ("::1", "IPv6")
        client = net.connect(port_of(server), "::1", family=6)
        client.on("connect", must_call(lambda: seen.append(client.remote_family)))
        client.resume().on("close", lambda had_error: server.close())

    seen: list[Any] = []
    server.listen(0, "::1", listening)
    run()
    assert seen == ["IPv6"]


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_reuse_port(host: str, must_call: Callable[..., Any]) -> None:
    first, second = net.create_server(), net.create_server()
    errors: list[Any] = []
    for server in (first, second):
        server.on("error", errors.append)

    def listening() -> None:
        second.listen(port_of(first), host, listening_too, reuse_port=True)

    def listening_too() -> None:
        assert first.address() == second.address()
        first.close()
        second.close()

    first.listen(0, host, listening, reuse_port=True)
    run()
    if host == "::1" and errors:
        pytest.skip(f"there is no IPv6: {errors}")
    assert not errors
    assert not first.listening


@pytest.mark.skipif(sys.platform != "linux", reason="there it is not supported")
def test_reuse_port_shares_the_connections() -> None:
    """The system spreads them: that one gets all of 64 would happen once in 2**63 runs."""
    counts = [0, 0]
    servers: list[net.Server] = []

    def accepted(index: int, peer: net.Socket) -> None:
        counts[index] += 1
        peer.end()
        if sum(counts) == 64:
            for server in servers:
                server.close()

    for index in range(2):
        server = net.create_server(functools.partial(accepted, index))
        servers.append(server)
        port = port_of(servers[0]) if index else 0
        server.listen(port, reuse_port=True)
    for _ in range(64):
        client_of(servers[0]).resume()
    run()
    assert sum(counts) == 64
    assert min(counts) > 0


@pytest.mark.parametrize("which", ["first", "second"])
def test_reuse_port_must_be_wanted_by_both(which: str, must_call: Callable[..., Any]) -> None:
    first, second = net.create_server(), net.create_server()
    first.listen(0, reuse_port=which == "first")
    second.on("error", must_call(lambda error: (codes.append(error.code), first.close())))
    codes: list[str] = []
    second.listen(port_of(first), reuse_port=which == "second")
    run()
    assert codes == ["EADDRINUSE"]


@pytest.mark.skipif(sys.platform == "linux", reason="here it is supported")
def test_reuse_port_is_not_supported(must_call: Callable[..., Any]) -> None:
    server = net.create_server()
    server.on("error", must_call(lambda error: codes.append(error.code)))
    codes: list[str] = []
    server.listen(0, reuse_port=True)
    run()
    assert codes == ["ENOTSUP"]


def test_listening_twice(must_call: Callable[..., Any]) -> None:
    server = serve()
    with pytest.raises(ERR_SERVER_ALREADY_LISTEN):
        server.listen(0, must_call(None, 0))
    server.remove_all_listeners("listening")
    server.close()
    server.listen(0, must_call(server.close))  # again, in the same tick
    run()


def test_listening_again_in_the_same_tick_is_told_once(must_call: Callable[..., Any]) -> None:
    """Node tells it twice."""
    server = serve()
    server.close()
    server.listen(0)
    server.on("listening", must_call(server.close))
    run()


@pytest.mark.parametrize("host", [None, "127.0.0.1", "localhost"])
def test_closed_before_it_listens(host: str | None, must_call: Callable[..., Any]) -> None:
    server = net.create_server(must_call(None, 0))
    server.listen(0, host, must_call(None, 0))
    server.on("close", must_call()).on("error", must_call(None, 0))
    server.close()
    run()
    assert not server.listening


def test_a_second_listen_calls_the_lookup_of_the_first_off(must_call: Callable[..., Any]) -> None:
    server = net.create_server().listen(0, "127.0.0.1")
    server.listen(0, "127.0.0.2")
    server.on("listening", must_call(lambda: (seen.append(server.address()[0]), server.close())))
    seen: list[str] = []
    run()
    assert seen == ["127.0.0.2"]


def test_the_callback_stays_for_a_later_listen(must_call: Callable[..., Any]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = net.create_server()
        server.listen(taken.getsockname()[1], "127.0.0.1", must_call(server.close))
        server.on("error", must_call(lambda error: server.listen(0)))
        run()


@pytest.mark.parametrize("end", ["close", "listen", "destroy"])
def test_a_lookup_that_is_called_off_is_cancelled(end: str) -> None:
    """One that has not begun never does; the loop waits for nothing, and nothing is kept."""
    assert any(never_begins(end) for _ in range(20))  # it may begin while this process waits


def never_begins(end: str) -> bool:
    queue = []  # the thread pool is busy with these
    for _ in range(1000):
        queue.append(_core.GetAddrInfoReq())
        assert _core.getaddrinfo(queue[-1], "localhost") == 0
    emitter: Any
    if end == "destroy":
        emitter = net.connect(1, "localhost")
    else:
        emitter = net.create_server().listen(0, "localhost")
    lookup, alive = emitter._lookup, weakref.ref(emitter)
    assert lookup.pending
    if end == "listen":
        emitter.listen(0)
    getattr(emitter, "destroy" if end == "destroy" else "close")()
    assert emitter._lookup is None
    del emitter
    run()
    assert queue[-1].result
    gc.collect()
    assert alive() is None
    return lookup.result is None


@pytest.mark.parametrize("form", ["positional", "option", "object", "backlog"])
def test_paths(form: str, tmp_path: Path, must_call: Callable[..., Any]) -> None:
    path = tmp_path / "s"
    server = net.create_server()
    if form == "option":
        server.listen(must_call(server.close), path=str(path))
    elif form == "backlog":
        server.listen(str(path), 5, must_call(server.close))
    else:
        server.listen(path if form == "object" else str(path), must_call(server.close))
    assert server.listening
    assert server.address() == str(path)
    run()
    assert server.address() is None
    assert not path.exists()


def test_a_path_that_reads_like_a_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, must_call: Callable[..., Any]
) -> None:
    monkeypatch.chdir(tmp_path)
    server = net.create_server()
    server.listen("-1", must_call(server.close))
    assert server.address() == "-1"
    assert (tmp_path / "-1").is_socket()
    run()


def test_connection_key(must_call: Callable[..., Any]) -> None:
    server = net.create_server()

    def listening() -> None:
        assert server._connection_key == f"4:127.0.0.1:{port}"
        server.close()

    port = free_port()
    server.listen(port, "127.0.0.1", must_call(listening))
    run()


def test_await(must_call: Callable[..., Any]) -> None:
    async def main() -> None:
        server = net.create_server(lambda peer: peer.end(b"x"))
        assert await server.listen(0, "127.0.0.1") is server
        assert server.listening
        assert await server is server  # at once
        assert [chunk async for chunk in await client_of(server)] == [b"x"]
        server.close()

    uvnet.run(main())


def test_await_raises(must_call: Callable[..., Any]) -> None:
    async def main() -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            for host in ("127.0.0.1", "localhost"):
                with pytest.raises(OSError, match="EADDRINUSE"):
                    await net.create_server().listen(port, host)
            with pytest.raises(OSError, match="EADDRINUSE"):
                async with net.create_server().listen(port, "127.0.0.1"):
                    raise AssertionError("it does not listen")
        server = net.create_server().listen(0, "127.0.0.1")
        uvnet.next_tick(server.close)
        server.close()
        with pytest.raises(RuntimeError) as caught:
            await server
        assert caught.value.code == "ERR_SERVER_NOT_RUNNING"

    uvnet.run(main())
