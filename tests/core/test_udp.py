"""UDP: datagrams of the Internet and of Unix, on plain sockets as peers."""

from __future__ import annotations

import os
import socket
import tempfile

import pytest

from uvnet import _core

from .helpers import PATIENCE, close, settle


@pytest.fixture
def udp(loop):
    udp = _core.UDP(loop)
    yield udp
    if not udp.closed:
        close(udp)


@pytest.fixture
def peer():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        peer.settimeout(PATIENCE)
        yield peer


class Inbox:
    """Collects what arrives; stops the loop when it has `until`."""

    def __init__(self, udp, until=1):
        self.got = []
        self.udp = udp
        self.until = until
        udp.onmessage = self.on_message
        assert udp.recv_start() == 0

    def on_message(self, nread, data, address):
        assert nread == len(data) if nread >= 0 else data is None and address is None
        self.got.append((nread if data is None else data, address))
        if len(self.got) == self.until:
            self.udp.recv_stop()


def test_receive_and_send(loop, udp, peer):
    assert udp.fd == -1
    assert udp.bind(("127.0.0.1", 0)) == 0
    assert udp.fd >= 0 and udp.getsockname()[0] == "127.0.0.1"
    inbox = Inbox(udp)
    assert udp.active and udp.recv_start() == _core.UV_EALREADY
    peer.sendto(b"ping", udp.getsockname())
    loop.run()
    assert inbox.got == [(b"ping", peer.getsockname())]
    assert udp.send(b"pong", inbox.got[0][1]) == 0
    assert peer.recvfrom(100) == (b"pong", udp.getsockname())
    assert udp.getpeername() == _core.UV_ENOTCONN


def test_open(loop, udp, peer):
    settle(loop, 0)  # for the loop opens a descriptor in its first run
    plain = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    plain.connect(peer.getsockname())
    name = plain.getsockname()
    number = plain.fileno()
    assert udp.open(number) == 0
    plain.detach()
    assert udp.open(number) == _core.UV_EBUSY
    assert udp.fd == number and udp.getpeername() == peer.getsockname()
    assert udp.send(bytearray(b"x")) == 0 and udp.send(memoryview(b"abcd")[::2]) == 0
    assert [peer.recvfrom(9) for _ in range(2)] == [(b"x", name), (b"ac", name)]
    close(udp)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(number)


def test_open_of_what_is_none(loop, udp):
    with socket.socket() as stream, tempfile.TemporaryFile() as file:
        assert udp.open(stream.fileno()) == _core.UV_EINVAL
        assert udp.open(file.fileno()) == _core.UV_ENOTSOCK
        assert udp.open(-1) == _core.UV_EBADF
        with pytest.raises(TypeError):
            udp.open("3")
        os.fstat(stream.fileno())
    assert udp.recv_start() == udp.recv_stop() == udp.send(b"x") == _core.UV_EBADF


def test_a_descriptor_that_another_handle_has(loop, udp):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plain:
        poll = _core.Poll(loop, plain.fileno())
        poll.start(_core.UV_READABLE)
        assert udp.open(plain.fileno()) == _core.UV_EEXIST
        close(poll)


def test_connect_and_an_error_of_icmp(loop, udp):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as gone:
        gone.bind(("127.0.0.1", 0))
        name = gone.getsockname()
    assert udp.connect(name) == 0 and udp.getpeername() == name
    inbox = Inbox(udp)
    assert udp.send(b"x") == 0
    loop.run()
    assert inbox.got == [(_core.UV_ECONNREFUSED, None)]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as back:
        back.bind(name)
        inbox = Inbox(udp)
        back.sendto(b"y", udp.getsockname())
        loop.run()
        assert inbox.got == [(b"y", name)]


@pytest.mark.parametrize("size", [0, 1, 512, 513, 1024, 16384, 65507])
def test_sizes(loop, udp, peer, size):
    udp.bind(("127.0.0.1", 0))
    data = os.urandom(size)
    inbox = Inbox(udp, 3)
    for _ in range(3):
        peer.sendto(data, udp.getsockname())
    loop.run()
    assert [data for data, _ in inbox.got] == [data] * 3
    assert udp.send(data, peer.getsockname()) == 0
    assert peer.recv(70000) == data


def test_too_large(udp, peer):
    assert udp.send(bytes(65508), peer.getsockname()) == _core.UV_EMSGSIZE
    assert udp.send(b"x", peer.getsockname()) == 0 and peer.recv(9) == b"x"


def test_addresses_are_the_same_objects_while_the_sender_is_the_same(loop, udp):
    udp.bind(("127.0.0.1", 0))
    peers = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(12)]
    inbox = Inbox(udp, 3 * len(peers) + 6)
    for sock in peers * 3 + [*peers[:2] * 3]:
        sock.sendto(b"x", udp.getsockname())
    loop.run()
    names = [sock.getsockname()[1] for sock in peers]
    assert [address[1] for _, address in inbox.got] == names * 3 + names[:2] * 3
    last = [address for _, address in inbox.got[-6:]]
    assert last[0] is last[2] is last[4] and last[1] is last[3] is last[5]
    for sock in peers:
        sock.close()


def test_stopping_in_the_middle_of_a_batch_loses_nothing(loop, udp, peer):
    udp.bind(("127.0.0.1", 0))
    for i in range(20):
        peer.sendto(b"%d" % i, udp.getsockname())
    got = []

    def on_message(nread, data, address):
        got.append(int(data))
        udp.recv_stop()

    udp.onmessage = on_message
    for i in range(20):
        assert len(got) == i
        assert udp.recv_start() == 0
        loop.run()
    assert got == list(range(20))


def test_closing_in_the_middle_of_a_batch(loop, udp, peer, must_call):
    udp.bind(("127.0.0.1", 0))
    for _ in range(5):
        peer.sendto(b"x", udp.getsockname())
    udp.onmessage = must_call(lambda *args: udp.close(must_call()))
    udp.recv_start()
    loop.run()
    assert udp.closed and udp.send(b"x") == udp.getsockname() == _core.UV_EBADF


def test_an_exception_in_the_middle_of_a_batch(loop, udp, peer):
    """It ends the run; the next one gets the rest."""
    udp.bind(("127.0.0.1", 0))
    for i in range(3):
        peer.sendto(b"%d" % i, udp.getsockname())
    got = []

    def on_message(nread, data, address):
        got.append(data)
        if len(got) == 3:
            udp.recv_stop()
        raise ValueError(data)

    udp.onmessage = on_message
    udp.recv_start()
    for i in range(3):
        with pytest.raises(ValueError, match=str(i)):
            loop.run()
        assert got == [b"%d" % j for j in range(i + 1)]


def test_one_turn_is_bounded(loop, udp, peer):
    """Others have their turn while there is more."""
    udp.bind(("127.0.0.1", 0))
    count = 100
    for _ in range(count):
        peer.sendto(b"x", udp.getsockname())
    inbox = Inbox(udp, count)
    seen = []

    def turn():
        seen.append(len(inbox.got))
        if len(inbox.got) < count:
            loop.set_immediate(turn)

    loop.set_immediate(turn)
    loop.run()
    steps = [later - before for before, later in zip(seen, seen[1:], strict=False)]
    assert len(seen) >= 3 and max(steps) <= 32


@pytest.mark.skipif(not _core.fast_paths()["batch"], reason="one datagram is a batch")
def test_next_ticks_come_after_the_batch(loop, udp, peer):
    udp.bind(("127.0.0.1", 0))
    peer.sendto(b"1", udp.getsockname())
    peer.sendto(b"2", udp.getsockname())
    order = []

    def on_message(nread, data, address):
        order.append(data)
        loop.next_tick(order.append, "tick")
        if len(order) == 2:
            udp.recv_stop()

    udp.onmessage = on_message
    udp.recv_start()
    loop.run()
    assert order == [b"1", b"2", "tick", "tick"]


def test_what_the_kernel_refuses_is_queued_in_order(loop, udp, must_call):
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    there.setblocking(False)
    assert udp.open(here.detach()) == 0
    total = 0
    while udp.send_queue_count < 100:
        assert udp.send(b"%d" % total) == 0
        total += 1
    assert udp.send_queue_size == sum(len(str(i)) for i in range(total - 100, total))
    udp.onsend = must_call(lambda status: drained.append(status))
    drained = []
    got = []

    def read():
        while len(got) < total:
            try:
                got.append(int(there.recv(100)))
            except BlockingIOError:
                loop.set_immediate(read)
                return

    loop.set_immediate(read)
    loop.run()
    assert got == list(range(total)) and drained == [0] and udp.send_queue_count == 0
    there.close()


def test_closing_drops_what_is_queued(loop, udp):
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    udp.open(here.detach())
    while not udp.send_queue_count:
        udp.send(b"x")
    close(udp)
    assert udp.send_queue_count == 0
    there.close()


def test_a_queued_datagram_that_fails(loop, udp):
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    udp.open(here.detach())
    while udp.send_queue_count < 3:
        udp.send(b"x")
    seen = []
    udp.onsend = seen.append
    there.close()
    loop.run()
    assert len(seen) == 4 and max(seen[:3]) < 0 and seen[3] == 0
    assert udp.send_queue_count == 0


def test_unix_names(loop, udp, tmp_path):
    path = str(tmp_path / "here")
    assert udp.bind(path) == 0 and udp.getsockname() == path
    inbox = Inbox(udp, 2)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as peer:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as unnamed:
            unnamed.sendto(b"unnamed", path)
        peer.bind(str(tmp_path / "there"))
        peer.sendto(b"named", path)
        loop.run()
        assert inbox.got == [(b"unnamed", None), (b"named", str(tmp_path / "there"))]
        assert udp.send(b"back", inbox.got[1][1]) == 0
        assert peer.recvfrom(10) == (b"back", path)


@pytest.mark.skipif(not os.path.exists("/proc/net/unix"), reason="Linux has abstract names")
def test_abstract_names(loop, udp):
    name = b"\0uvnet-test-%d" % os.getpid()
    assert udp.bind(name) == 0 and udp.getsockname() == name
    inbox = Inbox(udp)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as peer:
        peer.bind(name + b"-peer")
        peer.sendto(b"x", name)
        loop.run()
        assert inbox.got == [(b"x", name + b"-peer")]


def test_a_unix_datagram_of_more_than_64_kib(loop, udp):
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    there.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
    data = os.urandom(150_000)
    there.send(data)
    udp.open(here.detach())
    inbox = Inbox(udp)
    loop.run()
    assert inbox.got == [(data, None)]
    there.close()


@pytest.mark.skipif(not socket.has_ipv6, reason="IPv6")
def test_ipv6(loop, udp):
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as peer:
        peer.settimeout(PATIENCE)
        try:
            peer.bind(("::1", 0))
        except OSError:
            pytest.skip("no IPv6 here")
        assert udp.bind(("::1", 0, 0, 0)) == 0
        inbox = Inbox(udp)
        peer.sendto(b"x", udp.getsockname())
        loop.run()
        assert inbox.got == [(b"x", peer.getsockname())]
        for address in (inbox.got[0][1], peer.getsockname()[:2]):
            assert udp.send(b"y", address) == 0
            assert peer.recvfrom(9) == (b"y", udp.getsockname())
    with pytest.raises(OverflowError, match="flowinfo"):
        udp.send(b"x", ("::1", 1, 1 << 20, 0))


def test_addresses_that_are_none(udp):
    assert udp.bind(("127.0.0.1", 0)) == 0
    assert udp.send(b"x", ("localhost", 1)) == _core.UV_EINVAL
    assert udp.send(b"x", ("::1", 1)) == _core.UV_EINVAL
    assert udp.send(b"x") == _core.UV_EDESTADDRREQ
    assert udp.bind(("127.0.0.1", 0)) == _core.UV_EINVAL
    for address in ((), ("127.0.0.1",), ("127.0.0.1", "1"), "path", 5, (1, 2, 3, 4, 5)):
        with pytest.raises(TypeError):
            udp.send(b"x", address)
    for port in (-1, 65536):
        with pytest.raises(OverflowError, match="port"):
            udp.send(b"x", ("127.0.0.1", port))
    with pytest.raises(TypeError):
        udp.send("text", ("127.0.0.1", 9))


def test_a_descriptor_that_somebody_closes(loop, udp):
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    number = here.detach()
    udp.open(number)
    got = []
    udp.onmessage = lambda *args: got.append(args)
    udp.recv_start()
    os.close(number)
    there.close()
    with tempfile.TemporaryFile() as file:
        settle(loop)
        assert got == [(_core.UV_EBADF, None, None)]
        assert udp.send(b"x") == udp.recv_start() == _core.UV_EBADF and udp.fd == -1
        close(udp)
        file.write(b"it is still open")


def test_unreferenced(loop, udp):
    udp.bind(("127.0.0.1", 0))
    udp.recv_start()
    udp.unref()
    loop.run()  # ends


AUDIT = """\
import sys
from uvnet import _core
seen = []
sys.addaudithook(
    lambda event, args: event.startswith("socket.") and seen.append((event, args[1])))
loop = _core.Loop()
udp = _core.UDP(loop)
assert udp.bind(("127.0.0.1", 0)) == 0
name = udp.getsockname()
assert udp.connect(name) == 0
assert seen == [("socket.bind", ("127.0.0.1", 0)), ("socket.connect", name)], seen
udp.close()
loop.run()
loop.close()
"""


def test_audit(python):
    python(AUDIT)
