"""create_datagram_endpoint and its transport: asyncio's own, and ours."""

from __future__ import annotations

import asyncio
import errno
import gc
import os
import socket
import sys
import tempfile
import warnings

import pytest

import uvnet
from uvnet import _core

from .datagrams import LOCAL, Protocol, close, endpoint, filled, read_all, settle, unix_pair
from .helpers import PATIENCE


@pytest.fixture
def peer():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(LOCAL)
        peer.settimeout(PATIENCE)
        yield peer


def test_what_it_is(run, peer):
    async def main():
        transport, protocol = await endpoint(local_addr=LOCAL)
        if sys.version_info >= (3, 13) or isinstance(asyncio.get_running_loop(), _core.Loop):
            assert isinstance(transport, asyncio.DatagramTransport)
        assert protocol.transport is transport and transport.get_protocol() is protocol
        assert protocol.events == [("made",)]
        name = transport.get_extra_info("sockname")
        assert name[0] == "127.0.0.1" and name[1] > 0
        assert transport.get_extra_info("peername") is None
        sock = transport.get_extra_info("socket")
        assert sock.getsockname() == name and sock.type == socket.SOCK_DGRAM
        assert sock.fileno() >= 0
        assert transport.get_extra_info("nothing") is None
        assert transport.get_extra_info("nothing", 5) == 5
        assert transport.get_write_buffer_size() == 0
        assert not transport.is_closing()
        assert "fd=" in repr(transport)
        await close(protocol)
        assert transport.is_closing()
        assert transport.get_extra_info("sockname") == name
        assert protocol.events == [("made",), ("lost", None)]

    run(main())


def test_echo(run, peer):
    async def main():
        transport, protocol = await endpoint(local_addr=LOCAL)
        name = transport.get_extra_info("sockname")
        peer.sendto(b"one", name)
        peer.sendto(b"", name)
        await protocol.wait(3)
        assert protocol.events[1:] == [
            ("data", b"one", peer.getsockname()),
            ("data", b"", peer.getsockname()),
        ]
        transport.sendto(b"two", peer.getsockname())
        transport.sendto(bytearray(b"three"), peer.getsockname())
        transport.sendto(memoryview(b"four"), peer.getsockname())
        await asyncio.sleep(0)
        assert [peer.recvfrom(10) for _ in range(3)] == [
            (data, name) for data in (b"two", b"three", b"four")
        ]
        await close(protocol)

    run(main())


def test_an_empty_datagram_is_sent(peer):
    """Older versions of asyncio drop it."""

    async def main():
        transport, protocol = await endpoint(remote_addr=peer.getsockname())
        transport.sendto(b"")
        await asyncio.sleep(0)
        assert peer.recv(10) == b""
        await close(protocol)

    with asyncio.Runner(loop_factory=uvnet.new_event_loop) as runner:
        runner.run(main())


def test_what_is_changed_after_it_was_sent(run, peer):
    async def main():
        transport, protocol = await endpoint(remote_addr=peer.getsockname())
        data = bytearray(b"before")
        transport.sendto(data)
        data[:] = b"after!"
        await asyncio.sleep(0)
        assert peer.recv(10) == b"before"
        await close(protocol)

    run(main())


@pytest.mark.parametrize("size", [1, 513, 20000, 65507])
def test_sizes(run, peer, size):
    async def main():
        transport, protocol = await endpoint(remote_addr=peer.getsockname())
        data = os.urandom(size)
        transport.sendto(data)
        await asyncio.sleep(0)
        assert peer.recv(70000) == data
        peer.sendto(data, transport.get_extra_info("sockname"))
        await protocol.wait(2)
        assert protocol.data == [data]
        await close(protocol)

    run(main())


def test_remote_addr(run, peer):
    async def main():
        transport, protocol = await endpoint(remote_addr=peer.getsockname())
        assert transport.get_extra_info("peername") == peer.getsockname()
        transport.sendto(b"1")
        transport.sendto(b"2", peer.getsockname())
        transport.sendto(b"3", None)
        with pytest.raises(ValueError, match="Invalid address"):
            transport.sendto(b"4", ("127.0.0.1", 1))
        await asyncio.sleep(0)
        assert [peer.recv(10) for _ in range(3)] == [b"1", b"2", b"3"]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.sendto(b"x", transport.get_extra_info("sockname"))
            peer.sendto(b"y", transport.get_extra_info("sockname"))
            await protocol.wait(2)
        assert protocol.data == [b"y"]
        await close(protocol)

    run(main())


def test_both_addresses(run, peer):
    async def main():
        transport, protocol = await endpoint(local_addr=LOCAL, remote_addr=peer.getsockname())
        transport.sendto(b"x")
        await asyncio.sleep(0)
        assert peer.recvfrom(10) == (b"x", transport.get_extra_info("sockname"))
        await close(protocol)

    run(main())


def test_a_socket_of_the_user(run, peer):
    async def main():
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.connect(peer.getsockname())
        transport, protocol = await endpoint(sock=sock)
        number = transport.get_extra_info("socket").fileno()
        transport.sendto(b"x")
        transport.sendto(b"y", ("127.0.0.1", 1))  # it is connected all the same
        await asyncio.sleep(0)
        assert [peer.recv(10) for _ in range(2)] == [b"x", b"y"]
        await close(protocol)
        await settle(3)
        assert sock.fileno() == -1
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(number)

    run(main())


def test_wrong_data(run, peer):
    async def main():
        transport, protocol = await endpoint(remote_addr=peer.getsockname())
        for data in ("text", 5, None, [1]):
            with pytest.raises(TypeError, match="bytes-like"):
                transport.sendto(data)
        await close(protocol)

    run(main())


def test_wrong_addresses(run):
    """They end it; the exception handler hears why."""

    async def main():
        contexts = []
        asyncio.get_running_loop().set_exception_handler(lambda _, c: contexts.append(c))
        for address in (None, "path", ("127.0.0.1",), ("127.0.0.1", 70000), (5, 5)):
            transport, protocol = await endpoint(local_addr=LOCAL)
            transport.sendto(b"x", address)
            await protocol.closed()
            [context] = contexts
            contexts.clear()
            assert context["message"] == "Fatal write error on datagram transport"
            assert type(context["exception"]) in (TypeError, OverflowError)
            assert context["transport"] is transport and context["protocol"] is protocol
            assert protocol.events[-1] == ("lost", context["exception"])

    run(main())


def test_names_are_looked_up(run, peer):
    async def main():
        transport, protocol = await endpoint(local_addr=LOCAL)
        transport.sendto(b"1", ("localhost", peer.getsockname()[1]))
        transport.sendto(b"2", ("127.0.0.1", peer.getsockname()[1]))
        transport.sendto(b"3", ("", peer.getsockname()[1]))
        await asyncio.sleep(0)
        assert [peer.recv(10) for _ in range(3)] == [b"1", b"2", b"3"]
        await close(protocol)

    run(main())


def test_a_port_that_nobody_has(run):
    async def main():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as gone:
            gone.bind(LOCAL)
            name = gone.getsockname()
        transport, protocol = await endpoint(remote_addr=name)
        transport.sendto(b"x")
        await protocol.wait(2)
        assert protocol.events[1:] == [("error", ConnectionRefusedError, errno.ECONNREFUSED)]
        assert not transport.is_closing()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as back:
            back.bind(name)
            back.settimeout(PATIENCE)
            transport.sendto(b"y")
            await asyncio.sleep(0)
            assert back.recv(10) == b"y"
        await close(protocol)

    run(main())


def test_a_datagram_that_is_too_large(run, peer):
    """It is told; those around it are sent."""

    async def main():
        transport, protocol = await endpoint(remote_addr=peer.getsockname())
        transport.sendto(b"1")
        transport.sendto(bytes(65508))
        transport.sendto(b"2")
        await asyncio.sleep(0)
        await protocol.wait(2)
        assert protocol.events[1:] == [("error", OSError, errno.EMSGSIZE)]
        assert [peer.recv(10) for _ in range(2)] == [b"1", b"2"]
        await close(protocol)

    run(main())


def test_broadcast(run):
    async def main():
        transport, protocol = await endpoint(local_addr=LOCAL, allow_broadcast=True)
        sock = transport.get_extra_info("socket")
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST) != 0
        await close(protocol)
        transport, protocol = await endpoint(local_addr=("0.0.0.0", 0))
        transport.sendto(b"x", ("255.255.255.255", 9))
        await protocol.wait(2)
        assert protocol.events[1:] == [("error", PermissionError, errno.EACCES)]
        await close(protocol)

    run(main())


def test_remote_addr_with_broadcast_is_not_connected(run, peer):
    async def main():
        transport, protocol = await endpoint(remote_addr=peer.getsockname(), allow_broadcast=True)
        assert transport.get_extra_info("peername") is None
        transport.sendto(b"x")
        await asyncio.sleep(0)
        assert peer.recv(10) == b"x"
        with pytest.raises(ValueError, match="Invalid address"):
            transport.sendto(b"x", ("127.0.0.1", 1))
        await close(protocol)

    run(main())


@pytest.mark.skipif(not hasattr(socket, "SO_REUSEPORT"), reason="SO_REUSEPORT")
def test_reuse_port(run):
    async def main():
        one, first = await endpoint(local_addr=LOCAL, reuse_port=True)
        name = one.get_extra_info("sockname")
        _, second = await endpoint(local_addr=name, reuse_port=True)
        with pytest.raises(OSError, match="in use"):
            await endpoint(local_addr=name)
        await close(first, second)

    run(main())


def test_ipv6(run):
    async def main():
        try:
            transport, protocol = await endpoint(local_addr=("::1", 0))
        except OSError:
            pytest.skip("no IPv6 here")
        name = transport.get_extra_info("sockname")
        assert len(name) == 4
        sender, other = await endpoint(local_addr=("::1", 0), family=socket.AF_INET6)
        for address in (name, name[:2], ("::1", name[1], 0, 0)):
            sender.sendto(b"x", address)
        await protocol.wait(4)
        assert protocol.events[1:] == [("data", b"x", sender.get_extra_info("sockname"))] * 3
        await close(protocol, other)

    run(main())


def test_a_scope_id(run):
    """Of link-local addresses: there is no such interface."""

    async def main():
        transport, protocol = await endpoint(family=socket.AF_INET6, local_addr=("::", 0))
        transport.sendto(b"x", ("fe80::1", 9, 0, 12345))
        await protocol.wait(2)
        [(_, kind, number)] = protocol.named("error")
        assert issubclass(kind, OSError)
        assert number in (errno.ENODEV, errno.EINVAL, errno.ENXIO, errno.ENETUNREACH)
        await close(protocol)

    run(main())


def test_unix(run, tmp_path):
    async def main():
        here, there = str(tmp_path / "here"), str(tmp_path / "there")
        transport, protocol = await endpoint(local_addr=here, family=socket.AF_UNIX)
        sender, other = await endpoint(local_addr=there, remote_addr=here, family=socket.AF_UNIX)
        assert transport.get_extra_info("sockname") == here
        assert sender.get_extra_info("peername") == here
        sender.sendto(b"x")
        await protocol.wait(2)
        assert protocol.events[1] == ("data", b"x", there)
        transport.sendto(b"y", there)
        await other.wait(2)
        assert other.events[1] == ("data", b"y", here)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as unnamed:
            unnamed.sendto(b"z", here)
            await protocol.wait(3)
        assert protocol.events[2] == ("data", b"z", None)
        transport.sendto(b"x", str(tmp_path / "nowhere"))
        await protocol.wait(4)
        assert protocol.events[3][:2] == ("error", FileNotFoundError)
        await close(protocol, other)

    run(main())


def test_a_unix_datagram_of_more_than_64_kib(run):
    async def main():
        here, there = unix_pair()
        there.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        _, protocol = await endpoint(sock=here)
        data = os.urandom(150_000)
        there.send(data)
        await protocol.wait(2)
        got = protocol.data
        assert [len(data) for data in got] == [len(data)] and got == [data]
        await close(protocol)
        there.close()

    run(main())


def test_flow_control(run):
    async def main():
        here, there = unix_pair()
        transport, protocol = await endpoint(sock=here)
        transport.set_write_buffer_limits(high=1000)
        assert transport.get_write_buffer_limits() == (250, 1000)
        sent = []
        while not protocol.named("pause"):
            for _ in range(7):
                sent.append(b"%4d" % len(sent) * 10)
                transport.sendto(sent[-1])
            await asyncio.sleep(0)
            assert len(sent) < 10_000
        assert transport.get_write_buffer_size() > 1000
        got = []
        async with asyncio.timeout(PATIENCE):
            while len(got) < len(sent):
                got += read_all(there)
                await asyncio.sleep(0.001)
        await protocol.wait(3)
        assert got == sent
        assert [event[0] for event in protocol.events] == ["made", "pause", "resume"]
        assert transport.get_write_buffer_size() == 0
        await close(protocol)
        there.close()

    run(main())


def test_limits(run, peer):
    async def main():
        transport, protocol = await endpoint(remote_addr=peer.getsockname())
        assert transport.get_write_buffer_limits() == (16384, 65536)
        transport.set_write_buffer_limits(low=10)
        assert transport.get_write_buffer_limits() == (10, 40)
        transport.set_write_buffer_limits(0)
        assert transport.get_write_buffer_limits() == (0, 0)
        for high, low in ((1, 2), (-1, None), (5, -1)):
            with pytest.raises(ValueError, match="high"):
                transport.set_write_buffer_limits(high, low)
        await close(protocol)

    run(main())


def test_close_waits_for_the_queue(run):
    async def main():
        transport, protocol, sent, there = await filled()
        transport.close()
        assert transport.is_closing()
        await settle()
        assert not protocol.named("lost")
        got = []
        async with asyncio.timeout(PATIENCE):
            while len(got) < len(sent):
                got += read_all(there)
                await asyncio.sleep(0.001)
        await protocol.closed()
        assert got == sent and protocol.events[-1] == ("lost", None)
        transport.close()
        there.close()

    run(main())


def test_abort_drops_the_queue(run):
    async def main():
        transport, protocol, sent, there = await filled()
        transport.abort()
        assert transport.is_closing() and not protocol.named("lost")
        await protocol.closed()
        assert len(read_all(there)) < len(sent)
        transport.abort()
        await settle(3)
        assert len(protocol.named("lost")) == 1
        there.close()

    run(main())


def test_what_is_sent_just_before_close(run, peer):
    async def main():
        transport, protocol = await endpoint(remote_addr=peer.getsockname())
        for i in range(5):
            transport.sendto(b"%d" % i)
        transport.close()
        assert [peer.recv(10) for _ in range(5)] == [b"%d" % i for i in range(5)]
        await protocol.closed()

    run(main())


def test_after_close(run, peer, caplog):
    """It is dropped, and at length a warning logged."""

    async def main():
        transport, protocol = await endpoint(remote_addr=peer.getsockname())
        name = transport.get_extra_info("sockname")
        transport.close()
        peer.sendto(b"x", name)
        for _ in range(10):
            transport.sendto(b"x")
        await protocol.closed()
        await settle(3)
        for _ in range(3):
            transport.sendto(b"x")
        assert protocol.events == [("made",), ("lost", None)]

    run(main())
    assert "socket.send() raised exception." in caplog.text
    peer.setblocking(False)
    with pytest.raises(BlockingIOError):
        peer.recv(10)


def test_close_in_connection_made(run):
    class Closer(Protocol):
        def connection_made(self, transport):
            super().connection_made(transport)
            transport.close()

    async def main():
        _, protocol = await endpoint(protocol_factory=Closer, local_addr=LOCAL)
        await protocol.closed()
        assert protocol.events == [("made",), ("lost", None)]

    run(main())


def test_close_in_datagram_received(run, peer):
    class Closer(Protocol):
        def datagram_received(self, data, addr):
            super().datagram_received(data, addr)
            self.transport.close()

    async def main():
        transport, protocol = await endpoint(protocol_factory=Closer, local_addr=LOCAL)
        for _ in range(3):
            peer.sendto(b"x", transport.get_extra_info("sockname"))
        await protocol.closed()
        assert len(protocol.data) == 1

    run(main())


def test_exceptions_of_the_protocol(run, peer):
    """The loop's handler hears of them; the transport stays."""

    class Raiser(Protocol):
        def datagram_received(self, data, addr):
            super().datagram_received(data, addr)
            raise ValueError(data)

        def error_received(self, exc):
            super().error_received(exc)
            raise KeyError("error")

    async def main():
        contexts = []
        asyncio.get_running_loop().set_exception_handler(lambda _, c: contexts.append(c))
        transport, protocol = await endpoint(protocol_factory=Raiser, local_addr=LOCAL)
        for i in range(3):
            peer.sendto(b"%d" % i, transport.get_extra_info("sockname"))
        await protocol.wait(4)
        assert [str(c["exception"]) for c in contexts] == ["b'0'", "b'1'", "b'2'"]
        assert not transport.is_closing()
        await close(protocol)

    run(main())


def test_sends_in_error_received(run, peer):
    class Again(Protocol):
        def error_received(self, exc):
            super().error_received(exc)
            self.transport.sendto(b"again", peer.getsockname())

    async def main():
        transport, protocol = await endpoint(protocol_factory=Again, local_addr=LOCAL)
        transport.sendto(bytes(65508), peer.getsockname())
        await protocol.wait(2)
        await settle(3)
        assert peer.recv(10) == b"again"
        await close(protocol)

    run(main())


def test_order_with_what_is_sent_at_different_times(run, peer):
    """From callbacks, tasks, and datagram_received."""

    async def main():
        loop = asyncio.get_running_loop()
        transport, protocol = await endpoint(remote_addr=peer.getsockname())
        sent = []

        def send(count):
            for _ in range(count):
                sent.append(b"%d" % len(sent))
                transport.sendto(sent[-1])

        for count in (1, 70, 3):
            send(count)
            loop.call_soon(send, 2)
            await asyncio.sleep(0)
            send(1)
        await settle(2)
        assert [peer.recv(10) for _ in sent] == sent
        await close(protocol)

    run(main())


def test_set_protocol(run, peer):
    async def main():
        transport, protocol = await endpoint(local_addr=LOCAL)
        other = Protocol()
        transport.set_protocol(other)
        assert transport.get_protocol() is other
        peer.sendto(b"x", transport.get_extra_info("sockname"))
        await other.wait(1)
        assert other.data == [b"x"] and protocol.data == []
        transport.close()
        await other.closed()

    run(main())


def test_its_descriptor_is_its_own(run, peer):
    async def main():
        loop = asyncio.get_running_loop()
        transport, protocol = await endpoint(local_addr=LOCAL)
        number = transport.get_extra_info("socket").fileno()
        with pytest.raises(RuntimeError, match="is used by transport"):
            loop.add_reader(number, print)
        await close(protocol)

    run(main())


def test_a_multicast_membership(run):
    """Options are set on get_extra_info('socket')."""

    async def main():
        transport, protocol = await endpoint(local_addr=("0.0.0.0", 0))
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 3)
        assert sock.getsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL) == 3
        await close(protocol)

    run(main())


@pytest.mark.skipif(sys.platform != "linux", reason="Linux")
def test_another_family(run):
    """Netlink: asyncio's own transport on either loop."""

    async def main():
        try:
            sock = socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, 0)
        except OSError:
            pytest.skip("no netlink here")
        sock.bind((0, 0))
        transport, protocol = await endpoint(sock=sock)
        assert protocol.events == [("made",)]
        await close(protocol)

    run(main())


# ------------------------------------------------------------------- ours alone


@pytest.fixture
def ours():
    def run(coroutine):
        with asyncio.Runner(loop_factory=uvnet.new_event_loop) as runner:
            return runner.run(coroutine)

    return run


def test_sends_of_one_callback_are_held_back(ours, peer):
    async def main():
        loop = asyncio.get_running_loop()
        transport, protocol = await endpoint(remote_addr=peer.getsockname())
        before = loop.counters()["held_writes"]
        for _ in range(5):
            transport.sendto(b"x")
        assert transport.get_write_buffer_size() == 0
        held = loop.counters()["held_writes"] - before
        assert held == (5 if _core.fast_paths()["cork"] else 0)
        await asyncio.sleep(0)
        assert [peer.recv(10) for _ in range(5)] == [b"x"] * 5
        await close(protocol)

    ours(main())


def test_a_descriptor_that_somebody_closes(ours):
    async def main():
        here, there = unix_pair()
        transport, protocol, _, full = await filled()
        full.close()
        transport.abort()
        await protocol.closed()
        transport, protocol = await endpoint(sock=here)
        os.close(transport.get_extra_info("socket").fileno())
        there.close()
        with tempfile.TemporaryFile() as file:
            await settle()
            transport.sendto(b"x")
            await settle()
            transport.close()
            await protocol.closed()
            await settle()
            file.write(b"it is still open")

    ours(main())


def test_a_loop_that_is_closed_with_one(peer):
    async def main():
        return await endpoint(local_addr=LOCAL)

    loop = uvnet.new_event_loop()
    transport, protocol = loop.run_until_complete(main())
    with pytest.warns(ResourceWarning, match="unclosed"):
        loop.close()
    assert protocol.events == [("made",)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        del transport, protocol
        gc.collect()


def test_addresses_are_the_same_objects(ours, peer):
    async def main():
        transport, protocol = await endpoint(local_addr=LOCAL)
        for _ in range(3):
            peer.sendto(b"x", transport.get_extra_info("sockname"))
        await protocol.wait(4)
        [one, two, three] = [event[2] for event in protocol.events[1:]]
        assert one is two is three
        await close(protocol)

    ours(main())
