"""Descriptors: whose they are, who inherits them, and what a wrong one does."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import socket
import subprocess
import sys

import pytest

from uvnet import _core

from .helpers import KINDS, TCP, adopt, close, tcp_sockets, unix_sockets

FD_FOLDER = "/proc/self/fd" if sys.platform == "linux" else "/dev/fd"
LIST = f"import os; print(*os.listdir({FD_FOLDER!r}))"


def open_fds():
    return {fd for fd in map(int, os.listdir(FD_FOLDER)) if is_open(fd)}


def test_all_are_closed_on_exec(loop, tmp_path, must_call):
    """A child program inherits nothing of ours, even when it is told to inherit everything."""
    before = open_fds()
    loop.call_soon(int)
    loop.run()  # the wake-up pipe
    handle, peer = adopt(loop)
    server = _core.TCP(loop)
    server.bind("127.0.0.1", 0)
    pipe = _core.Pipe(loop)
    pipe.bind(str(tmp_path / "socket"))
    accepted = []

    @must_call
    def on_connection(status, client):
        accepted.append(client)
        loop.stop()

    server.onconnection = on_connection
    server.listen(5)
    pipe.listen(5)
    client = _core.TCP(loop)
    client.connect(_core.ConnectReq(), "127.0.0.1", server.getsockname()[2])
    signal = _core.Signal(loop)
    signal.start(10)
    wakeup = _core.Async(loop)
    loop.run()
    made = open_fds() - before
    assert len(made) >= 7
    child = subprocess.run(
        [sys.executable, "-c", LIST], close_fds=False, capture_output=True, text=True, check=True
    )
    inherited = {int(fd) for fd in child.stdout.split()}
    assert not [fd for fd in made if os.get_inheritable(fd)]
    assert not made & inherited
    close(handle, server, pipe, client, signal, wakeup, *accepted)
    peer.close()


# ------------------------------------------------------------- wrong descriptors


def wrong_descriptors(loop, tmp_path):
    """Yield (name, descriptor) with what is no stream, or somebody else's."""
    closed = fcntl.fcntl(0, fcntl.F_DUPFD, 500)  # beyond what the next call is given
    os.close(closed)
    yield "closed", closed
    yield "huge", (1 << 31) - 1
    yield "beyond the limit", 1 << 20
    yield "negative", -1
    yield "most negative", -(1 << 31)
    yield "regular file", os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT)
    yield "directory", os.open(tmp_path, os.O_RDONLY)
    yield "epoll", make_epoll()
    yield "eventfd", os.eventfd(0)
    yield "UDP socket", socket.socket(type=socket.SOCK_DGRAM).detach()
    yield "listening", socket.create_server(("127.0.0.1", 0)).detach()
    main, terminal = pty.openpty()
    yield "terminal", terminal
    os.close(main)
    yield "read end", os.pipe()[0]


def make_epoll():
    with select.epoll() as epoll:
        return os.dup(epoll.fileno())


def is_open(fd):
    try:
        os.fstat(fd)
    except (OSError, OverflowError):
        return False
    return True


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_wrong_descriptors_stay_with_the_caller(loop, tmp_path):
    loop.stop()
    loop.run()  # its own descriptors are made by the first run
    before = open_fds()
    readable = ("epoll", "eventfd", "UDP socket", "listening", "terminal", "read end")
    for name, fd in wrong_descriptors(loop, tmp_path):
        was_open = is_open(fd)
        for kind in KINDS:
            handle = kind.handle(loop)
            result = handle.open(fd)
            if result == 0:  # a stream after all: then it is the handle's
                assert handle.fd == fd and name in readable, (name, kind)
                assert not (name == "UDP socket" and kind is TCP)
                fd = os.dup(fd)
            else:
                assert result < 0
            close(handle)
            assert is_open(fd) == was_open, (name, kind)
        try:
            poll = _core.Poll(loop, fd)
        except OSError as exc:
            assert exc.errno > 0
        else:
            assert was_open, name
            assert poll.start(_core.UV_READABLE) == 0
            loop.stop()
            loop.run()
            close(poll)
        assert is_open(fd) == was_open, name
        if was_open:
            os.close(fd)
    for fd in open_fds() - before:
        os.close(fd)


@pytest.mark.parametrize("value", [1 << 31, 1 << 63, 1 << 200, 1.5, "3", None, b"3"])
def test_what_is_no_descriptor_at_all(loop, value):
    for kind in KINDS:
        handle = kind.handle(loop)
        with pytest.raises((TypeError, OverflowError)):
            handle.open(value)
        assert handle.fd < 0
        close(handle)
    with pytest.raises((TypeError, OverflowError)):
        _core.Poll(loop, value)


def test_another_handles_descriptor_is_refused(loop, connect, kind):
    owner, _ = connect(kind)
    owner.read_start()
    for other in (_core.TCP(loop), _core.Pipe(loop)):
        assert other.open(owner.fd) < 0
        assert other.fd < 0
        close(other)
    with pytest.raises(FileExistsError):
        _core.Poll(loop, owner.fd)
    assert owner.write_buffer(None, b"still mine") == 0


@pytest.mark.xfail(strict=True, reason="an idle handle is not in the table of what is watched")
def test_an_idle_handles_descriptor_is_refused(loop, connect, kind):
    owner, _ = connect(kind)
    other = kind.handle(loop)
    number = owner.fd
    result = other.open(number)
    close(other)
    if not is_open(number):  # the owner would close a stranger's
        null = os.open(os.devnull, os.O_RDWR)
        if null != number:
            os.dup2(null, number)
            os.close(null)
    assert result < 0


@pytest.mark.skipif(sys.platform != "linux", reason="what there is depends on the platform")
def test_the_loops_own_descriptors_are_refused():
    """The epoll set, and the ends that it watches, handed to every call."""
    before = open_fds()
    loop = _core.Loop()
    loop.stop()
    loop.run()
    own = open_fds() - before
    assert own
    for fd in own:
        if fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_ACCMODE == os.O_WRONLY:
            continue  # a pipe like any other
        for kind in KINDS:
            handle = kind.handle(loop)
            result = handle.open(fd)
            assert result < 0, os.readlink(f"{FD_FOLDER}/{fd}")
            close(handle)
            assert is_open(fd)
    loop.close()


# -------------------------------------------------------- closed under the handle


@pytest.mark.parametrize("state", ["idle", "reading", "writing", "listening"])
def test_a_descriptor_closed_under_a_stream(loop, kind, tmp_path, state):
    events = []
    if state == "listening":
        handle = kind.handle(loop)
        handle.bind(*(("127.0.0.1", 0) if kind is TCP else (str(tmp_path / "socket"),)))
        handle.onconnection = lambda status, client: events.append(status)
        handle.listen(5)
        peer = None
    else:
        handle, peer = adopt(loop, kind)
        handle.onread = lambda nread, data: events.append(nread)
        if state == "reading":
            handle.read_start()
        if state == "writing":
            while handle.write_queue_size == 0:
                handle.write_buffer(None, bytes(1 << 20))
    os.close(handle.fd)
    for _ in range(3):
        loop.stop()
        loop.run()
    # Nothing that the number may mean by now is touched.
    stranger = os.open(tmp_path / "stranger", os.O_RDWR | os.O_CREAT)
    for call in (handle.read_start, handle.read_stop, handle.getsockname):
        call()
    handle.write_buffer(None, b"lost")
    assert os.fstat(stranger).st_size == 0 or handle.fd == stranger
    close(handle)
    if is_open(stranger):
        os.close(stranger)
    if peer is not None:
        peer.close()


def test_a_descriptor_closed_under_a_poll(loop):
    here, there = socket.socketpair()
    statuses = []
    poll = _core.Poll(loop, here.fileno(), lambda status, events: statuses.append(status))
    assert poll.start(_core.UV_READABLE) == 0
    loop.stop()
    loop.run()
    here.close()
    for _ in range(3):
        loop.stop()
        loop.run()
    assert poll.start(_core.UV_READABLE | _core.UV_WRITABLE) in (0, _core.UV_EBADF)
    loop.stop()
    loop.run()
    assert all(status < 0 for status in statuses)
    poll.stop()
    close(poll)
    there.close()


def test_a_duplicate_outlives_the_handle(loop, kind):
    handle, peer = adopt(loop, kind)
    copy = socket.socket(fileno=os.dup(handle.fd))
    other = kind.handle(loop)
    close(handle)
    copy.setblocking(True)
    copy.sendall(b"still connected")
    assert peer.recv(100) == b"still connected"
    # Another handle takes the duplicate.
    assert other.open(copy.detach()) == 0
    received = []
    other.onread = lambda nread, data: received.append(data)
    other.read_start()
    peer.sendall(b"and here")
    loop.stop()
    loop.run()
    assert received == [b"and here"]
    close(other)
    peer.close()


def test_two_handles_on_duplicates_of_one_socket(loop, kind):
    handle, peer = adopt(loop, kind)
    other = kind.handle(loop)
    assert other.open(os.dup(handle.fd)) == 0
    received = []
    for each in (handle, other):
        each.onread = lambda nread, data: received.append(data)
        each.read_start()
    peer.sendall(b"one of them")
    loop.stop()
    loop.run()
    assert b"".join(filter(None, received)) == b"one of them"
    close(handle)
    peer.sendall(b"the other")
    loop.stop()
    loop.run()
    assert received[-1] == b"the other"
    close(other)
    peer.close()


def test_open_twice_is_refused(loop, connected, kind):
    handle, _ = connected
    here, there = tcp_sockets() if kind is TCP else unix_sockets()
    assert handle.open(here.fileno()) == _core.UV_EBUSY
    assert handle.fd != here.fileno()
    here.sendall(b"still mine")
    assert there.recv(100) == b"still mine"
    here.close()
    there.close()
