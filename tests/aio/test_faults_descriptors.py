"""Faults of other loops with descriptors: closed twice, read or closed under another's number."""

from __future__ import annotations

import asyncio
import os
import socket

import pytest

from .streams import Recorder, connect_pair, read_exactly

HOSTS = ("127.0.0.1", 0)


def bystanders(count: int = 8) -> list[tuple[socket.socket, socket.socket]]:
    """Return connections that nobody but the test may touch, under the numbers that are free."""
    pairs = [socket.socketpair() for _ in range(count)]
    for pair in pairs:
        for end in pair:
            end.settimeout(30)
    return pairs


def check_untouched(pairs: list[tuple[socket.socket, socket.socket]]) -> None:
    """Every one is open, and nobody has read from it or written to it; close them."""
    for i, (one, other) in enumerate(pairs):
        for sender, receiver in ((one, other), (other, one)):
            sender.sendall(b"%4d" % i)
            assert receiver.recv(100) == b"%4d" % i
        one.close()
        other.close()


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0.001)


@pytest.mark.parametrize("when", ["at once", "after a turn"])
@pytest.mark.parametrize("end", ["close", "abort"])
def test_user_closes_the_socket_of_a_transport(aio_loop, when, end):
    """uvloop #645, #738, #740: the number of a socket that its user closed was another's.

    Here it is the transport's until that closes, whatever is done to the socket object.
    """

    async def main():
        ours, peer = socket.socketpair()
        peer.setblocking(False)
        protocol = Recorder()
        transport, _ = await aio_loop.connect_accepted_socket(lambda: protocol, ours)
        if when == "after a turn":
            await settle()
        ours.close()
        others = bystanders()
        for one, _ in others:
            one.sendall(b"secret")
        peer.send(b"data")
        assert await protocol.received(4) == b"data"
        transport.write(b"answer")
        assert await read_exactly(peer, 6) == b"answer"
        getattr(transport, end)()
        await protocol.lost
        more = bystanders()
        await settle()
        assert ours.fileno() == -1
        for one, other in others:
            assert other.recv(100) == b"secret"
            one.close()
            other.close()
        check_untouched(more)
        assert protocol.data == b"data"
        peer.close()

    aio_loop.run_until_complete(main())


def test_user_closes_the_socket_of_create_connection(aio_loop):
    """uvloop #738: create_connection(sock=sock), and then sock.close()."""

    async def main():
        with socket.create_server(HOSTS) as listener:
            sock = socket.create_connection(listener.getsockname())
            peer = listener.accept()[0]
        protocol = Recorder()
        transport, _ = await aio_loop.create_connection(lambda: protocol, sock=sock)
        sock.close()
        others = bystanders()
        peer.sendall(b"data")
        assert await protocol.received(4) == b"data"
        transport.close()
        await protocol.lost
        await settle()
        sock.close()
        check_untouched(others)
        assert peer.recv(1) == b""
        peer.close()

    aio_loop.run_until_complete(main())


def test_user_closes_the_socket_of_a_server(aio_loop):
    """uvloop #738: create_server(sock=sock), and then sock.close()."""

    async def main():
        sock = socket.create_server(HOSTS)
        address = sock.getsockname()
        server = await aio_loop.create_server(asyncio.Protocol, sock=sock)
        sock.close()
        others = bystanders()
        with socket.create_connection(address) as client:
            client.settimeout(30)
        server.close()
        await server.wait_closed()
        await settle()
        sock.close()
        check_untouched(others)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address)

    aio_loop.run_until_complete(main())


def test_server_is_closed_after_its_user_has_taken_the_number(aio_loop):
    """uvloop #740: server.close() twice, with another file under the number in between."""

    async def main():
        server = await aio_loop.create_server(asyncio.Protocol, *HOSTS)
        server.close()
        await settle()
        others = bystanders()
        server.close()
        await server.wait_closed()
        await settle()
        check_untouched(others)

    aio_loop.run_until_complete(main())


def test_socket_of_python_does_not_outlive_its_transport(aio_loop):
    """uvloop #645: what get_extra_info('socket') gave is collected after the transport closed."""

    async def main():
        protocol = Recorder()
        transport, peer = await connect_pair(protocol)
        inner = transport.get_extra_info("socket")
        transport.close()
        await protocol.lost
        await settle()
        others = bystanders()
        assert inner.fileno() == -1
        with pytest.raises(OSError):
            inner.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE)
        del inner, transport
        await settle()
        check_untouched(others)
        peer.close()

    aio_loop.run_until_complete(main())


@pytest.mark.parametrize("order", ["transport first", "file first"])
def test_pipe_is_closed_once(aio_loop, order):
    """uvloop #763: connect_read_pipe() and its file object both closed the descriptor."""

    async def main():
        reading, writing = os.pipe()
        file = open(reading, "rb", 0)  # noqa: SIM115
        transport, _ = await aio_loop.connect_read_pipe(asyncio.Protocol, file)
        if order == "transport first":
            transport.close()
            await settle()
            others = bystanders()
            file.close()
        else:
            file.close()
            others = bystanders()
            transport.close()
        await settle()
        check_untouched(others)
        os.close(writing)

    aio_loop.run_until_complete(main())


def test_closing_a_watched_descriptor(aio_loop):
    """uvloop #100: closing a socket under its watcher aborted the process."""
    reports: list[dict[str, object]] = []
    aio_loop.set_exception_handler(lambda loop, context: reports.append(context))

    async def main():
        one, other = socket.socketpair()
        aio_loop.add_reader(one.fileno(), lambda: None)
        aio_loop.add_writer(one.fileno(), lambda: None)
        await settle()
        number = one.fileno()
        one.close()
        await settle()
        aio_loop.remove_reader(number)
        aio_loop.remove_writer(number)
        other.close()
        await settle()

    aio_loop.run_until_complete(main())


def test_number_of_a_closed_reader_is_used_again(aio_loop):
    """uvloop #61, #100: add_reader() on a number whose last owner was closed unnoticed."""
    aio_loop.set_exception_handler(lambda loop, context: None)

    async def main():
        for _ in range(20):
            one, other = socket.socketpair()
            number = one.fileno()
            aio_loop.add_reader(number, lambda: pytest.fail("the number is another's"))
            await asyncio.sleep(0)
            one.close()
            new, peer = socket.socketpair()
            if new.fileno() != number:
                new, peer = peer, new
            assert new.fileno() == number
            ready = aio_loop.create_future()
            aio_loop.add_reader(number, lambda done=ready: done.done() or done.set_result(None))
            peer.send(b"x")
            await asyncio.wait_for(ready, 30)
            assert aio_loop.remove_reader(number)
            for each in (other, new, peer):
                each.close()

    aio_loop.run_until_complete(main())


def test_many_connections_under_few_numbers(aio_loop):
    """uvloop #645: the answer to one client went to another that had got its number."""

    async def echo(reader, writer):
        while data := await reader.read(100):
            writer.write(data)
        writer.close()

    async def client(number, address):
        for turn in range(20):
            reader, writer = await asyncio.open_connection(*address)
            message = b"%d/%d\n" % (number, turn)
            writer.write(message)
            assert await reader.readline() == message
            if turn % 2:
                writer.transport.abort()
            else:
                writer.close()

    async def main():
        server = await asyncio.start_server(echo, *HOSTS)
        address = server.sockets[0].getsockname()
        await asyncio.gather(*(client(number, address) for number in range(10)))
        server.close()
        await server.wait_closed()
        await settle()

    aio_loop.run_until_complete(main())
