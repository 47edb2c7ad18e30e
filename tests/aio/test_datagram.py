"""create_datagram_endpoint and its transport: asyncio's own, and ours."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
import sys

import pytest

from uvnet import _core

from .datagrams import LOCAL, Protocol, close, endpoint, settle, unix_pair
from .helpers import PATIENCE


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


def test_an_empty_datagram_is_sent(aio_loop, peer):
    """Older versions of asyncio drop it."""

    async def main():
        transport, protocol = await endpoint(remote_addr=peer.getsockname())
        transport.sendto(b"")
        await asyncio.sleep(0)
        assert peer.recv(10) == b""
        await close(protocol)

    aio_loop.run_until_complete(main())


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


def test_family_proto_and_flags(run, peer):
    async def main():
        how = {"family": socket.AF_INET, "proto": socket.IPPROTO_UDP}
        transport, protocol = await endpoint(
            local_addr=LOCAL, remote_addr=peer.getsockname(), flags=socket.AI_NUMERICHOST, **how
        )
        sock = transport.get_extra_info("socket")
        assert (sock.family, sock.proto) == (socket.AF_INET, socket.IPPROTO_UDP)
        transport.sendto(b"x")
        await asyncio.sleep(0)
        assert peer.recv(10) == b"x"
        await close(protocol)
        with pytest.raises(socket.gaierror):
            await endpoint(local_addr=("localhost", 0), flags=socket.AI_NUMERICHOST)

    run(main())


def test_keywords_that_do_not_go_together(run):
    async def main():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.setblocking(False)
            for option in ({"local_addr": LOCAL}, {"family": socket.AF_INET}, {"proto": 17}):
                with pytest.raises(ValueError, match="can not be used when sock"):
                    await endpoint(sock=sock, **option)
        with socket.socket() as sock, pytest.raises(ValueError, match="[Uu][Dd][Pp]|datagram"):
            await endpoint(sock=sock)
        with pytest.raises(ValueError, match="unexpected address family"):
            await endpoint()
        with pytest.raises(ValueError, match="can not get address information"):
            await endpoint(local_addr=LOCAL, remote_addr=("::1", 9))
        with pytest.raises(TypeError):
            await endpoint(family=socket.AF_UNIX, local_addr=LOCAL)

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
        scope = socket.if_nameindex()[0][0]
        for address in (name, name[:2], ("::1", name[1], 0, 0), ("::1", name[1], 0, scope)):
            sender.sendto(b"x", address)
        await protocol.wait(5)
        assert protocol.events[1:] == [("data", b"x", sender.get_extra_info("sockname"))] * 4
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


def test_a_datagram_that_is_truncated(run):
    """A Unix socket's may be larger than what is received at most."""

    async def main():
        here, there = unix_pair()
        there.setsockopt(socket.SOL_SOCKET, 32, 1 << 20)  # SO_SNDBUFFORCE
        _, protocol = await endpoint(sock=here)
        data = os.urandom(300_000)
        there.send(data)
        there.send(b"next")
        await protocol.wait(3)
        assert protocol.data == [data[: 256 * 1024], b"next"]
        await close(protocol)
        there.close()

    if sys.platform != "linux" or os.getuid() != 0:
        pytest.skip("needs a buffer beyond the system's limit")
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


def test_addresses_are_the_same_objects(aio_loop, peer):
    async def main():
        transport, protocol = await endpoint(local_addr=LOCAL)
        for _ in range(3):
            peer.sendto(b"x", transport.get_extra_info("sockname"))
        await protocol.wait(4)
        [one, two, three] = [event[2] for event in protocol.events[1:]]
        assert one is two is three
        await close(protocol)

    aio_loop.run_until_complete(main())


def test_more_peers_than_are_remembered(run):
    """Each datagram has its own sender's address, whoever sent last."""

    async def main():
        transport, protocol = await endpoint(local_addr=LOCAL)
        with contextlib.ExitStack() as stack:
            peers = []
            for _ in range(200):
                peer = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
                peer.bind(LOCAL)
                peer.settimeout(PATIENCE)
                peers.append(peer)
            for turn in range(2):
                for i, peer in enumerate(peers):
                    peer.sendto(b"%d" % i, transport.get_extra_info("sockname"))
                    await protocol.wait(2 + turn * len(peers) + i)
                    assert protocol.events[-1] == ("data", b"%d" % i, peer.getsockname())
            for _, data, address in protocol.named("data")[: len(peers)]:
                transport.sendto(data, address)
                await asyncio.sleep(0)
            for i, peer in enumerate(peers):
                assert peer.recv(10) == b"%d" % i
            await close(protocol)

    run(main())
