"""The low-level API in use: what a type checker makes of it is asserted, and it runs."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import tempfile
from typing import Literal, assert_type

import uvnet
from uvnet import _core

Address = tuple[str, Literal[4, 6], int]


class Echo:
    """A TCP echo server with a client that reads into a buffer of its own."""

    def __init__(self, loop: _core.Loop) -> None:
        self.received = bytearray()
        self.buffer = bytearray(1024)
        self.server = _core.TCP(loop)
        self.server.onconnection = self.accepted
        assert self.server.bind("127.0.0.1", 0, _core.UV_TCP_REUSEPORT) == 0
        assert self.server.listen(backlog=8) == 0
        self.client = _core.TCP(loop)
        self.client.onread = self.answered
        address = self.server.getsockname()
        assert_type(address, Address | int)
        assert isinstance(address, tuple)
        assert_type(address[1], Literal[4, 6])
        request = _core.ConnectReq(self.connected)
        assert self.client.connect(request, address[0], address[2]) == 0
        assert_type(request.pending, bool)
        assert_type(request.handle, _core.Stream | None)

    def accepted(self, status: int, peer: _core.TCP | None) -> None:
        assert status == 0 and peer is not None

        def echo(nread: int, data: bytes | None) -> None:
            if data is None:
                peer.close()
                self.server.close()
            else:
                assert peer.write_buffer(None, data) == 0

        peer.onread = echo
        assert peer.read_start() == 0
        assert peer.set_keep_alive(True, delay=60) == 0

    def connected(self, request: _core.ConnectReq, status: int) -> None:
        assert status == 0 and request.handle is self.client
        assert self.client.use_user_buffer(self.buffer) == 0
        assert self.client.read_start() == 0
        assert self.client.writev(_core.WriteReq(), [b"one ", bytearray(b"two ")]) == 0
        assert_type(self.client.write_buffer(None, memoryview(b"three!"), 5), int)

    def answered(self, nread: int, data: bytearray | None) -> None:
        if data is None:
            assert nread == _core.UV_EOF
            return
        self.received += data[:nread]
        if len(self.received) == len("one two three"):
            self.client.onread = None
            self.client.shutdown(_core.ShutdownReq(lambda request, status: self.sent(request)))

    def sent(self, request: _core.ShutdownReq) -> None:
        assert not request.pending
        self.client.close(lambda: None)


def echo(loop: uvnet.Loop) -> None:
    service = Echo(loop)
    loop.run()
    assert service.received == b"one two three"
    assert_type(service.client.bytes_read, int)
    assert service.client.closed and loop.open_handles == 0


def splice(loop: uvnet.Loop) -> None:
    """What comes in at one Unix socket leaves at another."""
    ends = [*socket.socketpair(), *socket.socketpair()]
    left, right = _core.Pipe(loop), _core.Pipe(loop, ipc=False)
    assert left.open(ends[1].detach()) == right.open(ends[2].detach()) == 0

    def done(status: int, failed: _core.Stream | None) -> None:
        assert (status, failed) == (0, None)
        left.close()
        right.close()

    left.onsplice = done
    assert left.splice(right) == 0
    ends[0].sendall(b"through")
    ends[0].close()
    loop.run()
    assert ends[3].recv(64) == b"through"
    ends[3].close()


def unix(loop: uvnet.Loop) -> None:
    with tempfile.TemporaryDirectory() as folder:
        pipe = _core.Pipe(loop)
        pipe.onconnection = lambda status, client: assert_type(client, _core.Pipe | None)
        assert pipe.bind(os.path.join(folder, "socket")) == 0
        assert_type(pipe.getsockname(), str | int)
        assert_type(pipe.own(os.path.join(folder, "socket")), int)
        assert pipe.listen(1) == 0
        pipe.close()
        loop.run()


def small_handles(loop: uvnet.Loop) -> None:
    """Timers, wake-ups, signals and polls: what each calls back with."""
    seen: list[str] = []
    timer = _core.Timer(loop, lambda: seen.append("timer"))
    assert timer.start(timeout=1, repeat=0) == 0
    assert_type(timer.due_in, int)

    wakeup = _core.Async(loop, onasync=lambda: seen.append("async"))
    assert wakeup.send() == 0

    def got(signum: int) -> None:
        seen.append(signal.Signals(signum).name)

    watcher = _core.Signal(loop, got)
    assert watcher.start(signal.SIGUSR1) == 0
    signal.raise_signal(signal.SIGUSR1)

    reader, writer = os.pipe()

    def ready(status: int, events: int) -> None:
        assert (status, events) == (0, _core.UV_WRITABLE)
        seen.append("poll")
        poll.stop()

    poll = _core.Poll(loop, writer, ready)
    assert poll.start(_core.UV_WRITABLE) == 0
    assert_type(poll.fd, int)

    loop.call_later(0.05, loop.stop)
    loop.run()
    assert sorted(seen) == ["SIGUSR1", "async", "poll", "timer"]
    for handle in (timer, wakeup, watcher, poll):
        assert_type(handle.loop, _core.Loop)
        handle.close()
    loop.run()
    for fd in (reader, writer):
        os.close(fd)


def lookups(loop: uvnet.Loop) -> None:
    found: list[str] = []

    def addresses(request: _core.GetAddrInfoReq, status: int) -> None:
        assert status == 0 and request.result
        family, _type, _proto, _name, address = request.result[0]
        assert_type(family, int)
        assert_type(address, tuple[str, int] | tuple[str, int, int, int])
        found.append(address[0])

    def name(request: _core.GetNameInfoReq, status: int) -> None:
        assert status == 0 and request.result
        host, service = request.result
        found.append(service)

    assert _core.getaddrinfo(_core.GetAddrInfoReq(addresses), "127.0.0.1", b"80", loop=loop) == 0
    numeric = socket.NI_NUMERICHOST | socket.NI_NUMERICSERV
    request = _core.GetNameInfoReq(name)
    assert _core.getnameinfo(request, "127.0.0.1", 53, loop=loop, flags=numeric) == 0
    loop.run()
    assert sorted(found) == ["127.0.0.1", "53"]


def numbers() -> None:
    assert_type(_core.UV_EOF, int)
    assert_type(_core.error_name(_core.UV_EOF), str)
    assert_type(_core.constants.error_numbers(), dict[str, int])
    assert_type(_core.is_ip("::1"), Literal[0, 4, 6])
    assert_type(_core.version(), str)
    assert _core.is_ip("::1") == 6


def main() -> None:
    with contextlib.closing(uvnet.new_event_loop()) as loop:
        for sample in (echo, splice, unix, small_handles, lookups):
            sample(loop)
            assert loop.open_handles == 0, sample
        assert_type(loop.counters(), dict[str, int])
    numbers()


if __name__ == "__main__":
    main()
