"""BoundSocket: an address that is bound first, and used by a server or a socket later."""

from __future__ import annotations

import copy
import gc
import itertools
import os
import pickle
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import uvnet
from uvnet import net
from uvnet.errors import (
    ERR_INVALID_ARG_TYPE,
    ERR_INVALID_ARG_VALUE,
    ERR_SERVER_ALREADY_LISTEN,
    ERR_SOCKET_BAD_PORT,
    ERR_SOCKET_HANDLE_ADOPTED,
    UVError,
)

from .helpers import closed_port, error_of, later, listener, port_of, run, watch

LINUX = sys.platform == "linux"
HOST = "127.0.0.1"


def port_of_bound(bound: net.BoundSocket) -> int:
    address = bound.address()
    assert isinstance(address, net.Address)
    return address.port


def adopted(**options: Any) -> net.Socket:
    """Return a socket that has adopted a BoundSocket of 127.0.0.1."""
    return net.Socket(handle=net.BoundSocket(host=HOST), **options)


# --------------------------------------------------------------------------- binding


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"host": "localhost"}, ERR_INVALID_ARG_VALUE),
        ({"host": ""}, ERR_INVALID_ARG_VALUE),
        ({"host": "127.0.0.1\0"}, ERR_INVALID_ARG_VALUE),
        ({"host": 5}, ERR_INVALID_ARG_TYPE),
        ({"port": -1}, ERR_SOCKET_BAD_PORT),
        ({"port": 65536}, ERR_SOCKET_BAD_PORT),
        ({"port": "x"}, ERR_SOCKET_BAD_PORT),
        ({"port": True}, ERR_INVALID_ARG_TYPE),
        ({"ipv6_only": 1}, ERR_INVALID_ARG_TYPE),
        ({"reuse_port": "x"}, ERR_INVALID_ARG_TYPE),
        ({"path": 5}, ERR_INVALID_ARG_TYPE),
        ({"path": "x", "port": 0}, ERR_INVALID_ARG_VALUE),
        ({"path": "x", "host": HOST}, ERR_INVALID_ARG_VALUE),
        ({"path": "x", "ipv6_only": False}, ERR_INVALID_ARG_VALUE),
        ({"path": "x", "reuse_port": False}, ERR_INVALID_ARG_VALUE),
        ({"prot": 80}, TypeError),
    ],
)
def test_wrong_arguments(options: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        net.BoundSocket(**options)


@pytest.mark.parametrize(
    ("options", "address", "family"),
    [
        ({}, "0.0.0.0", "IPv4"),
        ({"host": None, "port": None}, "0.0.0.0", "IPv4"),
        ({"host": HOST, "port": "0"}, HOST, "IPv4"),
        ({"host": HOST, "ipv6_only": True}, HOST, "IPv4"),
        ({"ipv6_only": True}, "::", "IPv6"),
        ({"host": "::1"}, "::1", "IPv6"),
        ({"host": "0:0::1"}, "::1", "IPv6"),
    ],
)
def test_address(options: dict[str, Any], address: str, family: str) -> None:
    try:
        bound = net.BoundSocket(**options)
    except UVError as exc:
        pytest.skip(f"there is no IPv6: {exc}")
    with bound:
        assert not bound.is_pipe
        found = bound.address()
        assert isinstance(found, net.Address)
        assert found[:2] == (address, family)
        assert found.port > 0
        with socket.socket(fileno=os.dup(bound.fd())) as seen:
            assert seen.getsockname()[:2] == (address, found.port)
            assert not seen.get_inheritable()
        assert repr(address) in repr(bound)


def test_errors_raise_at_once(tmp_path: Path) -> None:
    error = error_of(net.BoundSocket, host="192.0.2.200", port=5)
    assert isinstance(error, UVError)
    assert str(error) == "bind EADDRNOTAVAIL 192.0.2.200:5"
    with listener() as taken:
        port = taken.getsockname()[1]
        error = error_of(net.BoundSocket, host=HOST, port=port)
    assert (error.code, error.syscall, error.address, error.port) == (
        ("EADDRINUSE", "bind", HOST, port)
    )
    (tmp_path / "file").touch()
    for path, code in {
        tmp_path / "file": "EADDRINUSE",
        tmp_path / "no" / "file": "EACCES",  # as libuv has it
        tmp_path / ("x" * 200): "EINVAL",
        f"{tmp_path}/a\0b": "EINVAL",
    }.items():
        error = error_of(net.BoundSocket, path=path)
        assert (error.code, error.syscall, error.path) == (code, "bind", str(path))
    assert os.listdir(tmp_path) == ["file"]


def test_a_zone_that_does_not_exist() -> None:
    error = error_of(net.BoundSocket, host="fe80::1%nowhere")
    assert (error.code, error.syscall) == ("EINVAL", "bind")


def test_no_descriptor_is_left(python: Callable[..., Any]) -> None:
    done = python(
        "import resource\n"
        "from uvnet import net\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))\n"
        "for options in {'port': 0}, {'path': 'x'}:\n"
        "    try:\n"
        "        net.BoundSocket(**options)\n"
        "    except OSError as exc:\n"
        "        print(exc.code, exc.syscall)\n"
    )
    assert done.stdout == "EMFILE bind\n" * 2


@pytest.mark.skipif(not LINUX, reason="there it is not supported")
def test_reuse_port() -> None:
    with net.BoundSocket(host=HOST, reuse_port=True) as first:
        port = port_of_bound(first)
        servers = []
        for _ in range(2):
            bound = net.BoundSocket(host=HOST, port=port, reuse_port=True)
            servers.append(net.create_server().listen(bound))
        assert [port_of(server) for server in servers] == [port, port]
        for server in servers:
            server.close()
        run()


@pytest.mark.skipif(LINUX, reason="here it is supported")
def test_reuse_port_is_not_supported() -> None:
    assert error_of(net.BoundSocket, reuse_port=True).code == "ENOTSUP"


# ----------------------------------------------------------------------- life and end


def is_gone(bound: net.BoundSocket) -> None:
    for method in (bound.address, bound.fd, bound.close):
        with pytest.raises(ERR_SOCKET_HANDLE_ADOPTED):
            method()
    with pytest.raises(ERR_SOCKET_HANDLE_ADOPTED):
        net.create_server().listen(bound)
    with pytest.raises(ERR_SOCKET_HANDLE_ADOPTED):
        net.Socket(handle=bound)
    bound.__exit__(None, None, None)  # does nothing
    assert "adopted or closed" in repr(bound)


def test_closed() -> None:
    bound = net.BoundSocket(host=HOST)
    fd = bound.fd()
    bound.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(fd)
    is_gone(bound)


def test_with() -> None:
    with net.BoundSocket(host=HOST) as bound:
        assert bound.fd() >= 0
    is_gone(bound)
    with pytest.raises(ZeroDivisionError), net.BoundSocket(host=HOST) as bound:
        raise ZeroDivisionError
    is_gone(bound)


@pytest.mark.parametrize("kind", ["port", "path"])
def test_dropped_without_a_close(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "s"
    bound: Any = net.BoundSocket(path=path) if kind == "path" else net.BoundSocket()
    fd = bound.fd()
    with pytest.warns(ResourceWarning, match="unclosed <uvnet.net"):
        del bound
        gc.collect()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(fd)
    assert not path.exists()


def test_before_init() -> None:
    bound = net.BoundSocket.__new__(net.BoundSocket)
    is_gone(bound)
    assert bound.is_pipe is False


def test_init_again() -> None:
    with net.BoundSocket(host=HOST) as bound:
        port = port_of_bound(bound)
        with pytest.raises(RuntimeError, match="already bound"):
            bound.__init__()  # type: ignore[misc]
        assert port_of_bound(bound) == port


@pytest.mark.parametrize("copier", [copy.copy, copy.deepcopy, pickle.dumps])
def test_it_cannot_be_copied(copier: Callable[[Any], Any], tmp_path: Path) -> None:
    """Two would own one descriptor and one path."""
    path = tmp_path / "s"
    with net.BoundSocket(path=path) as bound:
        with pytest.raises(TypeError, match="cannot pickle 'BoundSocket' object"):
            copier(bound)
        assert path.exists()


@pytest.mark.parametrize("second", ["adopt", "close"])
def test_only_one_gets_the_descriptor(second: str) -> None:
    """A second thread, or a signal handler, comes between any two lines of an adoption."""
    adopt = net.BoundSocket._adopt
    for wanted in itertools.count(1):
        bound = net.BoundSocket(host=HOST)
        fd = bound.fd()
        taken: list[Any] = []
        lines = 0

        def take(by: Callable[[], Any], taken: list[Any] = taken) -> None:
            try:
                taken.append(by())
            except ERR_SOCKET_HANDLE_ADOPTED:
                taken.append("gone")

        def interrupt(frame: FrameType, event: str, arg: object, bound: Any = bound) -> Any:
            nonlocal lines
            if frame.f_code is adopt.__code__ and event == "line":
                lines += 1
                if lines == wanted:  # noqa: B023 -- called in this turn of it
                    take(bound._adopt if second == "adopt" else bound.close)
            return interrupt  # noqa: B023

        before = sys.gettrace()
        sys.settrace(interrupt)
        try:
            take(bound._adopt)
        finally:
            sys.settrace(before)
        if lines < wanted:
            break
        assert len(taken) == 2
        assert taken.count("gone") == 1, wanted
        handle = next(each for each in taken if each != "gone")
        if handle is None:  # closed
            with pytest.raises(OSError, match="Bad file descriptor"):
                os.fstat(fd)
        else:
            assert handle.fd == fd
            handle.close()
        run()
    taken[0].close()
    run()
    assert wanted > 5


def test_it_belongs_to_no_loop(must_call: Callable[..., Any]) -> None:
    """Bound before there is a loop, it serves in whichever adopts it."""
    bound = net.BoundSocket(host=HOST)
    port = port_of_bound(bound)

    async def main() -> list[bytes]:
        server = await net.create_server(must_call(lambda peer: peer.end(b"x"))).listen(bound)
        chunks = [chunk async for chunk in await net.connect(port, HOST)]
        server.close()
        return chunks

    assert uvnet.run(main()) == [b"x"]


# ------------------------------------------------------------------------- servers


@pytest.mark.parametrize("form", ["positional", "backlog", "option", "holder"])
@pytest.mark.parametrize("kind", ["port", "path"])
def test_a_server_adopts_it(
    form: str, kind: str, tmp_path: Path, must_call: Callable[..., Any]
) -> None:
    path = tmp_path / "s"
    bound = net.BoundSocket(path=path) if kind == "path" else net.BoundSocket(host=HOST)
    where, fd = bound.address(), bound.fd()
    server = net.create_server(must_call(lambda peer: peer.end(b"hello")))
    listening = must_call()
    if form == "positional":
        server.listen(bound, listening)
    elif form == "backlog":
        server.listen(bound, 5, listening)
    elif form == "option":
        server.listen(listening, handle=bound, backlog=5)
    else:
        server.listen(type("Holder", (), {"handle": bound})(), listening)
    assert server.listening
    assert server.address() == where
    assert server._handle.fd == fd
    is_gone(bound)
    client = net.connect(path) if kind == "path" else net.connect(port_of(server), HOST)
    client.on("data", must_call(lambda data: received.append(data)))
    received: list[bytes] = []
    client.on("close", must_call(lambda had_error: server.close()))
    run()
    assert received == [b"hello"]
    assert not path.exists()


def test_a_port_that_was_taken_meanwhile() -> None:
    """Bound is not listening: two may be bound, and the second to listen fails. (Linux)"""
    first = net.BoundSocket(host=HOST)
    port = port_of_bound(first)
    try:
        second = net.BoundSocket(host=HOST, port=port)
    except UVError:
        first.close()
        pytest.skip("here bound is taken")
    winner = net.create_server().listen(first)
    loser = net.create_server()
    errors: list[Any] = []
    loser.on("error", errors.append)
    loser.listen(second)
    is_gone(second)
    assert not loser.listening
    winner.close()
    run()
    assert [(error.code, error.syscall) for error in errors] == [("EADDRINUSE", "listen")]


def test_a_server_that_listens_does_not_adopt() -> None:
    server = net.create_server().listen(0)
    with net.BoundSocket(host=HOST) as bound:
        with pytest.raises(ERR_SERVER_ALREADY_LISTEN):
            server.listen(bound)
        with pytest.raises(ERR_INVALID_ARG_TYPE):
            net.create_server().listen(bound, backlog="x")  # type: ignore[arg-type]
        with pytest.raises(ERR_INVALID_ARG_TYPE):
            net.create_server().listen(bound, signal=5)  # type: ignore[arg-type]
        assert port_of_bound(bound) > 0  # still its own
    server.close()
    run()


# ------------------------------------------------------------------------- sockets


def test_a_socket_adopts_it(must_call: Callable[..., Any]) -> None:
    trace: list[str] = []
    with listener() as server:
        bound = net.BoundSocket()
        local, fd = port_of_bound(bound), bound.fd()
        client = net.Socket(handle=bound)
        is_gone(bound)
        assert client._handle.fd == fd
        assert not client.pending
        assert not client.connecting
        assert client.ready_state == "open"
        assert client.address() == ("0.0.0.0", "IPv4", local)
        watch(client, trace).resume()
        client.connect(server.getsockname()[1], HOST)
        assert trace == ["connection_attempt"]  # within the call
        assert client.pending
        assert client.address() == (HOST, "IPv4", local)  # what the kernel has chosen
        peer, address = server.accept()
        assert address == (HOST, local)
        peer.close()
        run()
    assert trace == ["connection_attempt", "connect", "ready", "end", "finish", "close(False)"]
    assert client.auto_select_family_attempted_addresses is None


def connect_and_greet_later(client: Any) -> None:
    """Connect long after the adoption, and be sent b"hello" at once."""
    with listener() as server:

        def connect() -> None:
            assert not client.destroyed
            client.connect(server.getsockname()[1], HOST)
            peer, _ = server.accept()
            peer.sendall(b"hello")
            peer.close()

        later(20, connect)
        run()


def test_reading_waits_for_the_connection(must_call: Callable[..., Any]) -> None:
    """However long after the adoption connect() is called."""
    received: list[bytes] = []
    client = adopted()
    client.on("data", received.append)
    client.on("close", must_call())
    connect_and_greet_later(client)
    assert received == [b"hello"]


def test_onread_waits_for_the_connection(must_call: Callable[..., Any]) -> None:
    received: list[bytes] = []
    client = adopted(
        onread=(bytearray(10), lambda nread, buffer: received.append(bytes(buffer[:nread])))
    )
    client.resume()
    client.on("close", must_call())
    connect_and_greet_later(client)
    assert received == [b"hello"]


def test_written_before_it_connects(must_call: Callable[..., Any]) -> None:
    trace: list[str] = []
    client = watch(adopted(), trace)
    client.write(b"x", None, must_call(lambda error: codes.append(error.code)))
    codes: list[str] = []
    run()
    assert codes[0] in ("EPIPE", "ENOTCONN")
    assert trace == [f"error({codes[0]})", "close(True)"]


def test_refused() -> None:
    trace: list[str] = []
    errors: list[Any] = []
    client = watch(adopted(), trace).on("error", errors.append)
    port = closed_port()
    client.connect(port, HOST)
    trace.append("sync")
    run()
    assert trace == [
        "connection_attempt",
        "sync",
        f"connection_attempt_failed({HOST})",
        "error(ECONNREFUSED)",
        "close(True)",
    ]
    assert str(errors[0]) == f"connect ECONNREFUSED {HOST}:{port}"


def test_another_family() -> None:
    trace: list[str] = []
    watch(adopted(), trace).connect(1, "::1")
    trace.append("sync")
    run()
    assert trace[1] == "sync"
    assert trace[-1] == "close(True)"
    assert trace[-2] in ("error(EAFNOSUPPORT)", "error(EINVAL)")


def test_a_host_name_is_looked_up_for_one_address() -> None:
    seen: list[bool] = []

    def lookup(host: str, callback: Any, **options: Any) -> None:
        seen.append(options["all"])
        callback(None, HOST, 4)

    client = adopted()
    client.on("error", lambda error: None)
    client.connect(port=closed_port(), host="x.test", lookup=lookup, auto_select_family=True)
    run()
    assert seen == [False]


@pytest.mark.parametrize(
    "options",
    [
        {"port": 1, "local_port": 5},
        {"port": 1, "local_port": 0},
        {"port": 1, "local_address": HOST},
        {"path": "/tmp/x"},
    ],
)
def test_options_that_do_not_fit(options: dict[str, Any], must_call: Callable[..., Any]) -> None:
    with listener() as server:
        client = adopted()
        with pytest.raises(ERR_INVALID_ARG_VALUE):
            client.connect(**options)
        assert not client.connecting
        client.connect(server.getsockname()[1], HOST, must_call(client.destroy))
        run()


def test_a_path_has_no_port(tmp_path: Path) -> None:
    client = net.Socket(handle=net.BoundSocket(path=tmp_path / "s"))
    with pytest.raises(ERR_INVALID_ARG_VALUE):
        client.connect(1, HOST)
    client.destroy()
    run()
    assert os.listdir(tmp_path) == []


def test_paths_of_both_ends(tmp_path: Path, must_call: Callable[..., Any]) -> None:
    path, ours = tmp_path / "s", tmp_path / "ours"
    peers: list[Any] = []

    def accepted(peer: net.Socket) -> None:
        peers.append(peer._handle.getpeername())
        peer.pipe(peer)

    server = net.create_server(must_call(accepted)).listen(net.BoundSocket(path=path))
    bound = net.BoundSocket(path=ours)
    assert bound.is_pipe
    assert bound.address() == str(ours)
    client = net.Socket(handle=bound)
    assert bound.is_pipe
    assert client.local_address == str(ours)
    assert client.address() is None
    assert client.local_port is client.local_family is None
    client.connect(path)
    client.write(b"hello")
    client.on("data", must_call(lambda data: (received.append(data), client.end())))
    received: list[bytes] = []

    def closed(had_error: bool) -> None:
        assert not ours.exists()
        assert client.local_address == str(ours)
        assert path.exists()
        server.close()

    client.on("close", must_call(closed))
    run()
    assert peers == [str(ours)]
    assert received == [b"hello"]
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(not LINUX, reason="Linux has abstract names")
@pytest.mark.parametrize(
    "name",
    [f"\0uvnet-{os.getpid()}", f"\0uvnet\0{os.getpid()}\0", ""],
    ids=["plain", "with NULs", "chosen by the kernel"],
)
def test_abstract_names(name: str, must_call: Callable[..., Any]) -> None:
    bound = net.BoundSocket(path=name)
    found = bound.address()
    assert isinstance(found, str)
    assert found == name if name else found[0] == "\0" and len(found) > 1
    server = net.create_server(must_call(lambda peer: peer.end())).listen(bound)
    assert server.address() == found
    net.connect(found).resume().on("close", must_call(lambda had_error: server.close()))
    run()


def test_a_second_life(must_call: Callable[..., Any]) -> None:
    """What was bound is gone with the first; the second may have a local address."""
    with listener() as server:
        client = adopted()
        first = client.local_port
        client.destroy()

        def again(had_error: bool) -> None:
            client.connect(port=server.getsockname()[1], host=HOST, local_address=HOST)

        client.once("close", must_call(again))
        client.on("connect", must_call(lambda: (ports.append(client.local_port), client.destroy())))
        ports: list[Any] = []
        run()
    assert ports
    assert ports != [first]


def test_destroyed_before_it_connects() -> None:
    client = adopted()
    trace: list[str] = []
    watch(client, trace)
    client.destroy()
    run()
    assert trace == ["close(False)"]


def test_a_child_does_not_remove_the_path(python: Callable[..., Any]) -> None:
    """Servers that fork share what was bound; it is the parent's to remove."""
    done = python(
        """
import os
from uvnet import net

bound = net.BoundSocket(path="s")
other = net.BoundSocket(path="other")
pid = os.fork()
if pid == 0:
    bound.close()
    net.create_server().listen(other).close()
    os._exit(0)
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
print(sorted(name for name in os.listdir() if "program" not in name))
bound.close()
other.close()
print(sorted(name for name in os.listdir() if "program" not in name))
"""
    )
    assert done.stdout == "['other', 's']\n[]\n"
