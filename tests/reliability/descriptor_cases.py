"""Cases of test_descriptors.py: descriptors that are closed, foreign or lacking; SIGPIPE."""

from __future__ import annotations

import os
import resource
import select
import signal
import socket
import tempfile
from collections.abc import Iterator
from typing import Any

from uvnet import _core


def connected(loop: _core.Loop) -> tuple[_core.TCP, socket.socket]:
    """Return a handle on one end of a TCP connection, and the other end."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        peer = socket.create_connection(listener.getsockname(), 5)
        ours, _ = listener.accept()
    handle = _core.TCP(loop)
    status = handle.open(ours.detach())
    assert status == 0, _core.error_name(status)
    return handle, peer


def run_for(loop: _core.Loop, seconds: float) -> None:
    loop.call_later(seconds, loop.stop)
    loop.run_forever()


def closed_under_the_loop(kind: str, moment: str) -> str:
    """Close the descriptor of a handle that reads; return what the handle is told, if anything.

    Args:
        kind: "tcp", "listener", "pipe", "poll", or "writing": a TCP handle with a full queue.
        moment: "before" the loop has seen it, "while" it is watched, or "changed": while it is
            watched and just before what is watched changes.
    """
    loop = _core.Loop()
    told: list[str] = []

    def tell(status: int, *rest: object) -> None:
        told.append(_core.error_name(status) if status < 0 else f"{status}")

    close_later: list[Any] = []
    stream: Any
    if kind == "poll":
        ours, peer = socket.socketpair()
        fd = ours.detach()
        stream = _core.Poll(loop, fd, tell)
        stream.start(_core.UV_READABLE)
        change = lambda: stream.start(_core.UV_READABLE | _core.UV_WRITABLE)  # noqa: E731
    elif kind == "listener":
        stream = _core.TCP(loop)
        stream.bind("127.0.0.1", 0)
        stream.onconnection = tell
        stream.listen(5)
        fd = stream.fd
        change = lambda: stream.listen(5)  # noqa: E731
    else:
        if kind == "pipe":
            stream = _core.Pipe(loop)
            ours, peer = socket.socketpair()
            stream.open(ours.detach())
        else:
            stream, peer = connected(loop)
        close_later.append(peer)
        fd = stream.fd
        stream.onread = tell
        stream.read_start()
        if kind == "writing":
            request = _core.WriteReq(lambda request, status: tell(status))
            stream.write_buffer(request, bytes(20_000_000))
            change = stream.read_stop
        else:
            change = lambda: stream.write_buffer(None, bytes(20_000_000))  # noqa: E731
    if moment == "before":
        os.close(fd)
    else:
        run_for(loop, 0.02)
        os.close(fd)
        if moment == "changed":
            tell(change())
    run_for(loop, 0.05)
    stream.close()
    run_for(loop, 0.01)
    for other in close_later:
        other.close()
    loop.close()
    assert loop.open_handles == 0
    return ", ".join(told)


def number_taken_over() -> str:
    """Close a handle's descriptor and let another handle get its number: neither disturbs."""
    loop = _core.Loop()
    told: list[int] = []
    victim, victim_peer = connected(loop)
    victim.onread = lambda nread, data: told.append(nread)
    victim.read_start()
    run_for(loop, 0.02)
    number = victim.fd
    listener = socket.create_server(("127.0.0.1", 0))
    fillers = [os.dup(0)]
    while fillers[-1] < number - 1:
        fillers.append(os.dup(0))
    os.close(number)

    # The lowest free number, and so the one that was just closed, is the new socket's.
    heir = _core.TCP(loop)
    heir.connect(_core.ConnectReq(), "127.0.0.1", listener.getsockname()[1])
    assert heir.fd == number, f"{heir.fd}, not {number}"
    received: list[bytes | None] = []
    heir.onread = lambda nread, data: received.append(data)
    heir_peer, _ = listener.accept()
    run_for(loop, 0.02)
    heir.read_start()
    heir_peer.sendall(b"for the heir")
    run_for(loop, 0.05)
    victim.close()
    run_for(loop, 0.02)
    heir_peer.sendall(b" alone")
    run_for(loop, 0.05)
    assert received == [b"for the heir", b" alone"], received
    assert told == [_core.UV_EBADF], told
    heir.close()
    for fd in fillers:
        os.close(fd)
    for peer in (listener, victim_peer, heir_peer):
        peer.close()
    run_for(loop, 0.01)
    loop.close()
    return "undisturbed"


def every_descriptor_closed() -> str:
    """Close all descriptors, as some daemons do, of a loop that is about to run."""
    loop = _core.Loop()
    loop.call_later(0.2, loop.stop)
    client, _ = connected(loop)
    client.onread = print
    client.read_start()
    os.closerange(3, 200)
    try:
        loop.run_forever()
    except OSError as exc:
        return f"run: {exc.args[0]}"
    return "ran"


def foreign_descriptors() -> Iterator[tuple[str, int]]:
    """Yield descriptors that no handle, or not every handle, can have."""
    closed, other = os.pipe()
    os.close(closed)
    os.close(other)
    yield "closed", closed
    yield "negative", -1
    yield "far out", 1 << 20
    yield "too far out", (1 << 31) - 1
    with tempfile.TemporaryFile() as file:
        yield "file", file.fileno()
    folder = os.open("/", os.O_RDONLY)
    yield "folder", folder
    os.close(folder)
    yield "null", (null := os.open("/dev/null", os.O_RDWR))
    os.close(null)
    for name, kind in [("datagram", socket.SOCK_DGRAM), ("stream", socket.SOCK_STREAM)]:
        with socket.socket(socket.AF_INET, kind) as sock:
            yield f"{name} socket", sock.fileno()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield "listener", listener.fileno()
    read, write = os.pipe()
    yield "read end", read
    yield "write end", write
    os.close(read)
    os.close(write)
    epoll = select.epoll()
    yield "epoll", epoll.fileno()
    epoll.close()
    if hasattr(os, "eventfd"):
        yield "eventfd", (fd := os.eventfd(0))
        os.close(fd)


def exercise(handle: Any) -> list[str]:
    """Call everything that a stream handle has; return what raised."""
    raised = []
    calls: dict[str, tuple[Any, ...]] = {
        "read_start": (),
        "write_buffer": (_core.WriteReq(), b"data"),
        "writev": (_core.WriteReq(), [b"da", b"ta"]),
        "listen": (5,),
        "set_no_delay": (True,),
        "set_keep_alive": (True, 5),
        "set_type_of_service": (16,),
        "get_type_of_service": (),
        "getsockname": (),
        "getpeername": (),
        "set_blocking": (False,),
        "fchmod": (_core.UV_READABLE,),
        "shutdown": (_core.ShutdownReq(),),
        "splice": (handle,),
        "unsplice": (),
        "read_stop": (),
        "ref": (),
        "unref": (),
        "has_ref": (),
    }
    for name, arguments in calls.items():
        if hasattr(handle, name):
            try:
                getattr(handle, name)(*arguments)
            except OSError as exc:
                raised.append(f"{name}: {exc!r}")
    for name in ("fd", "readable", "writable", "write_queue_size", "active", "closing", "closed"):
        getattr(handle, name, None)
    repr(handle)
    return raised


def foreign_descriptors_given(kind: str) -> dict[str, str]:
    """Give each foreign descriptor to open(), and use what took it; return what became of each."""
    loop = _core.Loop()
    reserve = _core.TCP(loop)  # the first one opens a descriptor for the loop
    run_for(loop, 0.001)
    results = {}
    for name, fd in foreign_descriptors():
        if kind == "Poll":
            try:
                handle: Any = _core.Poll(loop, fd, lambda status, events: None)
            except OSError as exc:
                results[name] = type(exc).__name__
                continue
            results[name] = "watched"
            handle.start(_core.UV_READABLE)
        else:
            handle = getattr(_core, kind)(loop)
            # An adopted descriptor is the handle's: give it a copy, for the yielded one is closed.
            copy = os.dup(fd) if name not in ("closed", "negative") and fd < 1 << 20 else fd
            status = handle.open(copy)
            results[name] = "adopted" if status == 0 else _core.error_name(status)
            if status and copy != fd:
                os.close(copy)  # it must still be ours
            exercise(handle)
        run_for(loop, 0.01)
        handle.close()
        run_for(loop, 0.001)
    reserve.close()
    loop.close()
    return results


def handle_used_after_close(kind: str) -> list[str]:
    """Call everything on a handle that is closing, and again when it has closed."""
    loop = _core.Loop()
    handle = getattr(_core, kind)(loop)
    closes: list[int] = []
    handle.close(lambda: closes.append(1))
    results = exercise(handle)
    run_for(loop, 0.01)
    results += exercise(handle)
    assert handle.close(lambda: closes.append(2)) == _core.UV_EBADF
    run_for(loop, 0.01)
    assert closes == [1]
    loop.close()
    return results + exercise(handle)


def listen_on_a_stream_at_work() -> list[str]:
    """Return what listen() says of a stream that reads, and shutdown() of one that listens."""
    loop = _core.Loop()
    stream, peer = connected(loop)
    stream.onread = print
    stream.read_start()
    statuses = [stream.listen(5)]
    listener = _core.TCP(loop)
    with socket.create_server(("127.0.0.1", 0)) as server:
        listener.open(os.dup(server.fileno()))
    statuses += [listener.listen(5), listener.shutdown(_core.ShutdownReq())]
    run_for(loop, 0.01)
    for handle in (stream, listener):
        handle.close()
    run_for(loop, 0.01)
    peer.close()
    loop.close()
    return [_core.error_name(status) if status else "0" for status in statuses]


def loop_without_descriptors(limit: int) -> str:
    """Make and run the first loop of a process that may have so many more descriptors."""
    used = len(os.listdir("/proc/self/fd")) - 1
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (used + limit, hard))
    try:
        loop = _core.Loop()
    except OSError as exc:
        return f"no loop: {_core.error_name(-exc.args[0])}"
    try:
        run_for(loop, 0.001)
        result = "ran"
    except OSError as exc:
        result = f"no run: {_core.error_name(-exc.args[0])}"
    loop.close()
    return result


def write_to_a_reset_peer(disposition: str) -> list[str]:
    """Write twice to a peer that has reset the connection, SIGPIPE being as it says."""
    if disposition == "handler":
        signal.signal(signal.SIGPIPE, lambda signum, frame: results.append("SIGPIPE"))
    else:
        signal.signal(signal.SIGPIPE, getattr(signal, disposition))
    loop = _core.Loop()
    handle, peer = connected(loop)
    results: list[str] = []

    def write() -> None:
        status = handle.write_buffer(None, b"?")
        results.append(_core.error_name(status) if status < 0 else "taken")

    linger = b"\1\0\0\0\0\0\0\0"
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    peer.close()
    for turn in range(4):
        loop.call_later(0.01 * (turn + 1), write)
    run_for(loop, 0.1)
    handle.close()
    run_for(loop, 0.01)
    loop.close()
    return results
