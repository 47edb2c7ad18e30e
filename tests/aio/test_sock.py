"""loop.sock_recv and its like, on sockets that their user owns."""

from __future__ import annotations

import array
import asyncio
import errno
import os
import socket
import ssl
import struct

import pytest

from uvnet import _core

from .helpers import turns
from .sockets import fill, make_pair, read_all


@pytest.fixture
def pair():
    left, right = make_pair()
    yield left, right
    left.close()
    right.close()


def tcp_pair():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        left = socket.create_connection(listener.getsockname())
        right = listener.accept()[0]
    left.setblocking(False)
    right.setblocking(False)
    return left, right


@pytest.fixture
def datagrams():
    pair = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
    for sock in pair:
        sock.setblocking(False)
        sock.bind(("127.0.0.1", 0))
    yield pair
    for sock in pair:
        sock.close()


class FakeTransport:
    def is_closing(self):
        return False


class Slow(socket.socket):
    """Of a class of its own, whose methods are called."""

    received = sent = 0

    def recv(self, *args):
        self.received += 1
        return super().recv(*args)

    def recv_into(self, *args):
        self.received += 1
        return super().recv_into(*args)

    def send(self, *args):
        self.sent += 1
        return super().send(*args)


def slow(sock):
    return Slow(fileno=sock.detach())


# ------------------------------------------------------------------------- receiving


@pytest.mark.parametrize("size", [1, 511, 1024, 20_000, 65_536, 65_537, 1 << 20])
@pytest.mark.parametrize("when", ["before", "after"])
def test_recv(run, pair, size, when):
    async def main():
        loop = asyncio.get_running_loop()
        left, right = pair
        for text in (b"one", b"two", b"three" * 100):
            if when == "before":
                right.send(text)
                data = await loop.sock_recv(left, size)
            else:
                task = loop.create_task(loop.sock_recv(left, size))
                await asyncio.sleep(0)
                right.send(text)
                data = await task
            assert type(data) is bytes
            assert data == text[:size]
            while len(data) < len(text):
                data += await loop.sock_recv(left, size)
            assert data == text

    run(main())


def test_recv_what_waits_in_pieces(run, pair):
    async def main():
        loop = asyncio.get_running_loop()
        left, right = pair
        data = os.urandom(100_000)
        right.send(data)
        got = [await loop.sock_recv(left, 30_000) for _ in range(4)]
        assert b"".join(got) == data
        assert [len(chunk) for chunk in got] == [30_000] * 3 + [10_000]

    run(main())


def test_many_messages(run, pair):
    """Back and forth: each waits for the other, and each chunk stays what it was."""

    async def echo(loop, sock):
        while data := await loop.sock_recv(sock, 65536):
            await loop.sock_sendall(sock, data)

    async def main():
        loop = asyncio.get_running_loop()
        left, right = pair
        task = loop.create_task(echo(loop, right))
        chunks = []
        for i in range(300):
            message = bytes([i % 256]) * (1 + i * 37 % 5000)
            await loop.sock_sendall(left, message)
            chunks.append((message, await read_all(loop, left, len(message))))
        assert all(sent == got for sent, got in chunks)
        left.shutdown(socket.SHUT_WR)
        await task

    run(main())


def test_recv_zero_bytes(run, pair):
    async def main():
        loop = asyncio.get_running_loop()
        left, right = pair
        right.send(b"x")
        assert await loop.sock_recv(left, 0) == b""
        assert await loop.sock_recv(left, 10) == b"x"

    run(main())


@pytest.mark.parametrize("waits", [False, True])
def test_end(run, pair, waits):
    async def main():
        loop = asyncio.get_running_loop()
        left, right = pair
        right.send(b"last")
        assert await loop.sock_recv(left, 100) == b"last"
        if waits:
            loop.call_later(0.01, right.shutdown, socket.SHUT_WR)
        else:
            right.shutdown(socket.SHUT_WR)
        for _ in range(3):
            assert await loop.sock_recv(left, 100) == b""
        await loop.sock_sendall(left, b"still")  # half-open
        assert right.recv(10) == b"still"

    run(main())


@pytest.mark.parametrize("waits", [False, True])
def test_reset(run, waits):
    left, right = tcp_pair()

    def reset():
        right.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        right.close()

    async def main():
        loop = asyncio.get_running_loop()
        right.send(b"x")
        assert await loop.sock_recv(left, 100) == b"x"
        if waits:
            loop.call_later(0.01, reset)
        else:
            reset()
        with pytest.raises(ConnectionResetError):
            await loop.sock_recv(left, 100)
        assert await loop.sock_recv(left, 100) == b""

    run(main())
    left.close()


@pytest.mark.parametrize("make", [bytearray, lambda n: memoryview(bytearray(n))])
def test_recv_into(run, pair, make):
    async def main():
        loop = asyncio.get_running_loop()
        left, right = pair
        buffer = make(10)
        right.send(b"abc")
        assert await loop.sock_recv_into(left, buffer) == 3
        assert bytes(buffer[:4]) == b"abc\0"
        loop.call_later(0.01, right.send, bytes(range(30)))
        assert await loop.sock_recv_into(left, buffer) == 10
        assert bytes(buffer) == bytes(range(10))
        assert await loop.sock_recv_into(left, buffer) == 10
        assert await loop.sock_recv_into(left, buffer) == 10
        right.shutdown(socket.SHUT_WR)
        assert await loop.sock_recv_into(left, buffer) == 0

    run(main())


def test_recv_into_array(run, pair):
    async def main():
        loop = asyncio.get_running_loop()
        left, right = pair
        numbers = array.array("I", [0] * 4)
        right.send(array.array("I", [1, 2]).tobytes())
        assert await loop.sock_recv_into(left, numbers) == 8
        assert list(numbers) == [1, 2, 0, 0]

    run(main())


def test_buffer_is_let_go(run, pair):
    async def main():
        loop = asyncio.get_running_loop()
        left, right = pair
        buffer = bytearray(4)
        right.send(b"abcd")
        await loop.sock_recv_into(left, buffer)
        buffer.append(1)  # BufferError if it were still exported
        task = loop.create_task(loop.sock_recv_into(left, buffer))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        del task
        buffer.append(1)
        await loop.sock_sendall(left, buffer)
        buffer.append(1)

    run(main())


# --------------------------------------------------------------------------- sending


@pytest.mark.parametrize(
    "make", [bytes, bytearray, memoryview, lambda data: memoryview(bytearray(data))]
)
def test_sendall_with_backpressure(run, pair, make):
    async def main():
        loop = asyncio.get_running_loop()
        left, right = pair
        data = os.urandom(3_000_000)
        task = loop.create_task(read_all(loop, right, len(data)))
        assert await loop.sock_sendall(left, make(data)) is None
        assert await task == data
        await loop.sock_sendall(left, b"")
        await loop.sock_sendall(left, b"more")
        assert await loop.sock_recv(right, 10) == b"more"

    run(main())


def test_sendall_counts_bytes(aio_loop, pair):
    """Not items, as asyncio does: it would send a part of them twice."""
    left, right = pair
    numbers = array.array("I", range(1000))
    aio_loop.run_until_complete(aio_loop.sock_sendall(left, numbers))
    assert right.recv(10_000) == numbers.tobytes()


def test_sendall_waits_for_room(run, pair):
    async def main():
        loop = asyncio.get_running_loop()
        left, right = pair
        filled = fill(left)
        task = loop.create_task(loop.sock_sendall(left, b"end"))
        await asyncio.sleep(0.01)
        assert not task.done()
        assert (await read_all(loop, right, filled + 3)).endswith(b"end")
        await task

    run(main())


def test_send_to_who_has_gone(run, pair):
    async def main():
        loop = asyncio.get_running_loop()
        left, right = pair
        fill(left)
        task = loop.create_task(loop.sock_sendall(left, b"x"))
        await asyncio.sleep(0)
        right.close()
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            await task
        with pytest.raises(BrokenPipeError):
            await loop.sock_sendall(left, b"x")

    run(main())


def test_both_directions_wait(run, pair):
    async def main():
        loop = asyncio.get_running_loop()
        left, right = pair
        filled = fill(left)
        receiving = loop.create_task(loop.sock_recv(left, 10))
        sending = loop.create_task(loop.sock_sendall(left, b"end"))
        await asyncio.sleep(0.01)
        right.send(b"hello")
        assert await receiving == b"hello"
        assert not sending.done()
        await read_all(loop, right, filled + 3)
        await sending

    run(main())


# ------------------------------------------------------------------------- datagrams


def test_datagrams(run, datagrams):
    async def main():
        loop = asyncio.get_running_loop()
        left, right = datagrams
        assert await loop.sock_sendto(left, b"hello", right.getsockname()) == 5
        assert await loop.sock_recvfrom(right, 100) == (b"hello", left.getsockname())
        task = loop.create_task(loop.sock_recvfrom(right, 3))
        await asyncio.sleep(0)
        await loop.sock_sendto(left, b"hello", right.getsockname())
        assert await task == (b"hel", left.getsockname())
        buffer = bytearray(10)
        for nbytes in (0, 4):
            await loop.sock_sendto(left, b"abcdef", right.getsockname())
            got = await loop.sock_recvfrom_into(right, buffer, nbytes)
            assert got == (nbytes or 6, left.getsockname())
            assert buffer[:4] == b"abcd"

    run(main())


@pytest.mark.parametrize("method", ["sock_recv", "sock_recvfrom"])
def test_a_burst_of_datagrams(run, datagrams, method):
    async def main():
        loop = asyncio.get_running_loop()
        left, right = datagrams
        right.connect(left.getsockname())
        for turn in range(3):
            sent = [b"%d" % i * (1 + i) for i in range(20)] + [b""]
            for data in sent:
                left.sendto(data, right.getsockname())
            got = [await getattr(loop, method)(right, 1000) for _ in sent]
            assert [d if method == "sock_recv" else d[0] for d in got] == sent, turn
            loop.call_later(0.005, left.sendto, b"later", right.getsockname())
            assert await loop.sock_recv(right, 100) == b"later"

    run(main())


# ------------------------------------------------------------------ connecting, accepting


def test_connect_and_accept(run):
    async def main():
        loop = asyncio.get_running_loop()
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.setblocking(False)
            for _ in range(5):
                accepting = loop.create_task(loop.sock_accept(listener))
                await asyncio.sleep(0)
                client = socket.socket()
                client.setblocking(False)
                assert await loop.sock_connect(client, listener.getsockname()) is None
                server, address = await accepting
                assert server.gettimeout() == 0
                assert address == client.getsockname()
                await loop.sock_sendall(server, b"hello")
                assert await loop.sock_recv(client, 10) == b"hello"
                client.close()
                server.close()

    run(main())


def test_accept_what_waits(run):
    async def main():
        loop = asyncio.get_running_loop()
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.setblocking(False)
            clients = [socket.create_connection(listener.getsockname()) for _ in range(10)]
            accepted = [await loop.sock_accept(listener) for _ in clients]
            assert {a for _, a in accepted} == {c.getsockname() for c in clients}
            for sock in clients + [s for s, _ in accepted]:
                sock.close()

    run(main())


def test_connect_a_unix_socket(run, tmp_path):
    async def main():
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as client:
            listener.bind(str(tmp_path / "s"))
            listener.listen()
            client.setblocking(False)
            await loop.sock_connect(client, str(tmp_path / "s"))
            listener.accept()[0].close()
        with socket.socket(socket.AF_UNIX) as client:
            client.setblocking(False)
            with pytest.raises(FileNotFoundError):
                await loop.sock_connect(client, str(tmp_path / "none"))

    run(main())


def test_connect_refused(run):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()

    async def main():
        loop = asyncio.get_running_loop()
        with socket.socket() as sock:
            sock.setblocking(False)
            with pytest.raises(ConnectionRefusedError) as caught:
                await loop.sock_connect(sock, address)
            assert caught.value.errno == errno.ECONNREFUSED
            assert str(address) in str(caught.value)

    run(main())


def test_connect_looks_up(run):
    async def main():
        loop = asyncio.get_running_loop()
        with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as sock:
            sock.setblocking(False)
            await loop.sock_connect(sock, ("localhost", listener.getsockname()[1]))
            listener.accept()[0].close()

    run(main())


# ------------------------------------------------------------------------- arguments


CALLS = {
    "sock_recv": (10,),
    "sock_recv_into": (bytearray(10),),
    "sock_recvfrom": (10,),
    "sock_recvfrom_into": (bytearray(10),),
    "sock_sendall": (b"x",),
    "sock_sendto": (b"x", ("127.0.0.1", 9)),
    "sock_connect": (("127.0.0.1", 9),),
    "sock_accept": (),
}


@pytest.mark.parametrize("method", CALLS)
def test_ssl_sockets_are_refused(run, method):
    async def main():
        sock = ssl.SSLSocket.__new__(ssl.SSLSocket)
        with pytest.raises(TypeError, match="Socket cannot be of type SSLSocket"):
            await getattr(asyncio.get_running_loop(), method)(sock, *CALLS[method])

    run(main())


@pytest.mark.parametrize("method", CALLS)
def test_blocking_sockets_are_refused_in_debug_mode(run, method):
    async def main():
        with (
            socket.socket() as sock,
            pytest.raises(ValueError, match="the socket must be non-blocking"),
        ):
            await getattr(asyncio.get_running_loop(), method)(sock, *CALLS[method])

    run(main(), debug=True)


@pytest.mark.parametrize("method", CALLS)
def test_closed_socket(run, method):
    async def main():
        sock = socket.socket()
        sock.setblocking(False)
        sock.close()
        with pytest.raises(OSError) as caught:
            await getattr(asyncio.get_running_loop(), method)(sock, *CALLS[method])
        assert caught.value.errno == errno.EBADF

    run(main())


@pytest.mark.parametrize("method", ["sock_recv", "sock_recv_into", "sock_sendall"])
def test_not_connected(run, method):
    async def main():
        with socket.socket() as sock:
            sock.setblocking(False)
            with pytest.raises(OSError) as caught:
                await getattr(asyncio.get_running_loop(), method)(sock, *CALLS[method])
            assert caught.value.errno in (errno.ENOTCONN, errno.EPIPE)

    run(main())


@pytest.mark.parametrize(
    ("method", "argument", "error"),
    [
        ("sock_recv", -1, ValueError),
        ("sock_recv", 1.5, TypeError),
        ("sock_recv", None, TypeError),
        ("sock_recv", 1 << 70, OverflowError),
        ("sock_recv_into", b"constant", TypeError),
        ("sock_recv_into", 7, TypeError),
        ("sock_recv_into", memoryview(bytearray(8))[::2], (BufferError, TypeError)),
        ("sock_sendall", "text", TypeError),
        ("sock_sendall", None, TypeError),
        ("sock_sendall", memoryview(b"12345678")[::2], BufferError),
    ],
)
def test_wrong_arguments(run, pair, method, argument, error):
    async def main():
        with pytest.raises(error):
            await getattr(asyncio.get_running_loop(), method)(pair[0], argument)

    run(main())


def test_size_that_is_not_quite_an_int(run, pair):
    class Index:
        def __index__(self):
            return 3

    async def main():
        pair[1].send(b"abcdef")
        loop = asyncio.get_running_loop()
        assert await loop.sock_recv(pair[0], Index()) == b"abc"
        assert await loop.sock_recv(pair[0], True) == b"d"

    run(main())


@pytest.mark.parametrize("method", ["sock_recv", "sock_recvfrom", "sock_accept"])
def test_socket_of_a_transport(run, pair, method):
    async def main():
        loop = asyncio.get_running_loop()
        transport = FakeTransport()
        sock = pair[0]
        listener = socket.create_server(("127.0.0.1", 0))
        listener.setblocking(False)
        if method == "sock_accept":
            sock = listener
        loop._transports[sock.fileno()] = transport
        with pytest.raises(RuntimeError, match="is used by transport"):
            await getattr(loop, method)(sock, *CALLS[method])
        for refused in (loop.add_reader, loop.add_writer):
            with pytest.raises(RuntimeError, match="is used by transport"):
                refused(sock, print)
        for refused in (loop.remove_reader, loop.remove_writer):
            with pytest.raises(RuntimeError, match="is used by transport"):
                refused(sock.fileno())
        listener.close()

    run(main())


def test_registry_of_those_who_may(any_loop, pair):
    """_add_reader and its like, which transports call."""
    left, right = pair
    transport = FakeTransport()
    any_loop._transports[left.fileno()] = transport
    calls = []
    handle = any_loop._add_reader(left.fileno(), calls.append, "r")
    assert isinstance(handle, asyncio.Handle)
    any_loop._add_writer(left.fileno(), calls.append, "w")
    right.send(b"x")
    turns(any_loop)
    assert calls == ["r", "w"]
    assert any_loop._remove_reader(left.fileno()) is True
    assert any_loop._remove_reader(left.fileno()) is False
    assert any_loop._remove_writer(left.fileno()) is True
    assert handle.cancelled()


# ------------------------------------------------------------------- sockets of any kind


def test_overridden_methods_are_called(run):
    left, right = map(slow, make_pair())

    async def main():
        loop = asyncio.get_running_loop()
        task = loop.create_task(loop.sock_recv(left, 100))
        await asyncio.sleep(0)
        await loop.sock_sendall(right, b"hello")
        assert await task == b"hello"
        data = os.urandom(1_000_000)
        task = loop.create_task(read_all(loop, left, len(data)))
        await loop.sock_sendall(right, data)
        assert await task == data
        await loop.sock_sendall(right, b"abc")
        assert await loop.sock_recv_into(left, bytearray(10)) == 3
        assert left.received >= 4 and right.sent >= 3

    run(main())
    left.close()
    right.close()


@pytest.mark.skipif(not _core.fast_paths()["sock"], reason="its own methods are called, and block")
def test_blocking_socket_blocks_nobody(aio_loop):
    """Asyncio's loop would stand still."""
    left, right = socket.socketpair()

    async def main():
        task = aio_loop.create_task(aio_loop.sock_recv(left, 10))
        await asyncio.sleep(0)
        assert not task.done()
        right.send(b"x")
        assert await task == b"x"
        assert left.getblocking()

    aio_loop.run_until_complete(main())
    left.close()
    right.close()
