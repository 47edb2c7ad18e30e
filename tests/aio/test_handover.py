"""uvnet.handover: connections that go from asyncio to net and back, with what they carry."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import os
import socket
import ssl
from pathlib import Path

import pytest

import uvnet
from uvnet import handover, net

from .streams import Recorder, connect_pair, read_exactly

LARGE = 4 << 20
PATTERN = bytes(range(256)) * (LARGE // 256)
families = pytest.mark.parametrize("family", [socket.AF_UNIX, socket.AF_INET], ids=["unix", "tcp"])


async def turns(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0.001)


async def closed(sock: net.Socket) -> None:
    sock.destroy()
    await turns(2)


class Buffered(asyncio.BufferedProtocol):
    def __init__(self, size: int) -> None:
        self.memory = bytearray(size)
        self.data = b""
        self.events: list[str] = []
        self.ended = asyncio.get_running_loop().create_future()

    def get_buffer(self, sizehint):
        return self.memory

    def buffer_updated(self, nbytes):
        self.data += self.memory[:nbytes]

    def eof_received(self):
        self.ended.set_result(None)
        return True


# ------------------------------------------------------------------------ to a Socket


@families
def test_to_socket(aio_loop, family):
    async def main():
        protocol = Recorder()
        transport, peer = await connect_pair(protocol, family)
        number = transport.get_extra_info("socket").fileno()
        inode = os.fstat(number).st_ino
        peer.send(b"first")
        await protocol.received(5)
        sock = handover.to_socket(transport)
        assert type(sock) is net.Socket
        assert os.fstat(number).st_ino == inode == os.fstat(sock._handle.fd).st_ino
        assert sock._handle.fd == number
        assert transport.is_closing()
        transport.write(b"ignored")
        transport.close()
        transport.abort()
        peer.send(b"second")
        assert await sock.read_exactly(6) == b"second"
        assert await protocol.lost is None
        assert protocol.events == ["made", "data", "lost"] and protocol.data == b"first"
        sock.write("answer")
        assert await read_exactly(peer, 6) == b"answer"
        sock.end()
        peer.close()
        await turns()
        assert sock.destroyed

    aio_loop.run_until_complete(main())


def test_head_and_what_the_reader_has_come_first(aio_loop):
    async def main():
        served = aio_loop.create_future()

        async def serve(reader, writer):
            line = await reader.readline()
            sock = handover.to_socket(writer.transport, head=line)
            served.set_result((sock, reader, writer))

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        client = net.connect(server.sockets[0].getsockname()[1], "127.0.0.1")
        client.write("line\nsome")
        client.write(" rest")
        sock, reader, writer = await served
        client.write(", later")
        assert await sock.read_exactly(21) == b"line\nsome rest, later"
        assert await reader.read() == b""
        await writer.wait_closed()
        server.close()
        await server.wait_closed()
        sock.end("bye")
        assert await client.read_exactly(3) == b"bye"
        client.destroy()
        await turns()

    aio_loop.run_until_complete(main())


def test_from_within_data_received(aio_loop):
    """As a protocol does that sees an upgrade."""

    class Upgrading(Recorder):
        def data_received(self, data):
            super().data_received(data)
            self.transport.write(b"switching;")
            sock = handover.to_socket(self.transport, head=data.partition(b"\n")[2])
            sock.on("data", lambda chunk: sock.write(chunk.upper()))
            socks.append(sock)

    socks: list[net.Socket] = []

    async def main():
        protocol = Upgrading()
        transport, peer = await connect_pair(protocol)
        peer.send(b"upgrade\nand")
        assert await read_exactly(peer, 13) == b"switching;AND"
        peer.send(b" more")
        assert await read_exactly(peer, 5) == b" MORE"
        peer.close()
        await protocol.lost
        await turns()
        assert socks[0].destroyed

    aio_loop.run_until_complete(main())


@families
def test_what_is_not_written_goes_along(aio_loop, family):
    async def main():
        protocol = Recorder()
        transport, peer = await connect_pair(protocol, family)
        transport.write(PATTERN)  # what the kernel takes not waits with the handle
        transport.write(b"held back")
        assert transport.get_write_buffer_size() > 0
        sock = handover.to_socket(transport)
        sock.write(b", then")
        sock.end(b" the end")
        expected = PATTERN + b"held back, then the end"
        assert await read_exactly(peer, len(expected)) == expected
        peer.close()
        assert await protocol.lost is None
        await turns()
        assert sock.destroyed and sock.errored is None

    aio_loop.run_until_complete(main())


def test_what_is_corked_goes_along(aio_loop):
    async def main():
        protocol = Recorder()
        transport, peer = await connect_pair(protocol)
        transport.write(b"one ")
        transport.writelines([b"two ", b"three "])
        sock = handover.to_socket(transport)
        sock.write(b"four")
        assert await read_exactly(peer, 18) == b"one two three four"
        await closed(sock)
        peer.close()

    aio_loop.run_until_complete(main())


def test_buffered_protocol_gives_its_connection_away(aio_loop):
    async def main():
        protocol = Buffered(16)
        transport, peer = await connect_pair(protocol)
        peer.send(b"to the buffer")
        await turns()
        sock = handover.to_socket(transport)
        peer.send(b"to the socket")
        assert await sock.read_exactly(13) == b"to the socket"
        assert protocol.data == b"to the buffer"
        protocol.memory.extend(b"x")  # nobody exports it
        await closed(sock)
        peer.close()

    aio_loop.run_until_complete(main())


@pytest.mark.parametrize("when", ["before", "after"])
def test_end_of_the_peer(aio_loop, when):
    async def main():
        protocol = Recorder(keep_open=True)
        transport, peer = await connect_pair(protocol)
        if when == "before":
            peer.shutdown(socket.SHUT_WR)
            await protocol.ended
        sock = handover.to_socket(transport, allow_half_open=True)
        if when == "after":
            peer.shutdown(socket.SHUT_WR)
        assert [chunk async for chunk in reading(sock)] == []
        assert sock.readable_ended
        await turns()
        peer.close()

    async def reading(sock):
        ended = aio_loop.create_future()
        sock.on("end", lambda: ended.set_result(None)).resume()
        await ended
        sock.end()
        return
        yield

    aio_loop.run_until_complete(main())


def test_after_write_eof(aio_loop):
    async def main():
        protocol = Recorder()
        transport, peer = await connect_pair(protocol)
        transport.write(b"all")
        transport.write_eof()
        sock = handover.to_socket(transport)
        assert not sock.writable
        assert await read_exactly(peer, 4) == b"all"
        peer.send(b"answer")
        assert await sock.read_exactly(6) == b"answer"
        peer.close()
        await closed(sock)

    aio_loop.run_until_complete(main())


# --------------------------------------------------------------------- to a transport


@families
def test_to_transport(aio_loop, family):
    async def main():
        first = Recorder()
        original, peer = await connect_pair(first, family)
        sock = handover.to_socket(original)
        number = sock._handle.fd
        ends = []
        sock.on("close", ends.append)
        peer.send(b"buffered")
        await turns()
        assert sock.readable_length == 8
        transport, protocol = await handover.to_transport(sock, Recorder)
        assert protocol.events == ["made"] and protocol.transport is transport
        assert isinstance(transport, asyncio.Transport)
        assert transport.get_extra_info("socket").fileno() == number
        peer.send(b", later")
        assert await protocol.received(15) == b"buffered, later"
        assert sock.destroyed and sock._handle is None and ends == [None]
        assert (sock.bytes_read, sock.bytes_written) == (8, 0)
        with pytest.raises(RuntimeError, match="not connected"):
            await handover.to_transport(sock, Recorder)
        transport.write(b"answer")
        assert await read_exactly(peer, 6) == b"answer"
        transport.close()
        await protocol.lost
        assert peer.recv(1) == b""
        peer.close()

    aio_loop.run_until_complete(main())


def test_to_streams_and_back_many_times(aio_loop):
    """Nothing is lost or out of order while the peer writes all the time."""

    async def main():
        ours, peer = socket.socketpair()
        peer.setblocking(False)
        sock = net.Socket(fd=ours.detach())
        sender = aio_loop.create_task(aio_loop.sock_sendall(peer, PATTERN[: 1 << 20]))
        data = b""
        for turn in range(100):
            data += await sock.read_exactly(700)
            reader, writer = await handover.to_streams(sock, head=data[-5:])
            data = data[:-5] + await reader.readexactly(900 + turn)
            sock = handover.to_socket(writer.transport, head=data[-7:])
            data = data[:-7]
        while len(data) < 1 << 20:
            data += await sock.read_exactly(min(50_000, (1 << 20) - len(data)))
        await sender
        assert data == PATTERN[: 1 << 20]
        await closed(sock)
        peer.close()

    aio_loop.run_until_complete(main())


def test_it_waits_until_everything_is_written(aio_loop):
    async def main():
        ours, peer = socket.socketpair()
        peer.setblocking(False)
        sock = net.Socket(fd=ours.detach())
        sock.on("data", lambda chunk: pytest.fail("the socket is paused"))
        sock.write(PATTERN)
        sock.write("and more")
        task = aio_loop.create_task(handover.to_transport(sock, Recorder))
        await turns()
        assert not task.done()
        peer.send(b"meanwhile")
        assert await read_exactly(peer, LARGE + 8) == PATTERN + b"and more"
        transport, protocol = await task
        assert await protocol.received(9) == b"meanwhile"
        transport.abort()
        await protocol.lost
        peer.close()

    aio_loop.run_until_complete(main())


@pytest.mark.parametrize("end", ["cancelled", "reset", "destroyed"])
def test_the_wait_fails(aio_loop, end):
    """The socket is what it was, or its error is raised."""

    async def main():
        ours, peer = socket.socketpair()
        peer.setblocking(False)
        sock = net.Socket(fd=ours.detach())
        errors = []
        sock.on("error", errors.append)
        chunks = []
        sock.on("data", chunks.append)
        await turns()
        sock.write(PATTERN)
        task = aio_loop.create_task(handover.to_transport(sock, Recorder))
        await turns()
        if end == "cancelled":
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            peer.send(b"data")
            await turns()
            assert chunks == [b"data"]
            assert await read_exactly(peer, LARGE) == PATTERN
            sock.destroy()
        elif end == "destroyed":
            sock.destroy()
            with pytest.raises((OSError, RuntimeError)):
                await task
        else:
            peer.close()
            with pytest.raises(OSError):
                await task
            assert len(errors) == 1
        peer.close()
        await turns()
        assert sock.destroyed

    aio_loop.run_until_complete(main())


@pytest.mark.parametrize("size", [1, 3, 100])
def test_to_a_buffered_protocol(aio_loop, size):
    async def main():
        ours, peer = socket.socketpair()
        sock = net.Socket(fd=ours.detach())
        peer.send(b"buffered")
        await turns()
        transport, protocol = await handover.to_transport(sock, lambda: Buffered(size))
        peer.send(b", later")
        peer.shutdown(socket.SHUT_WR)
        await protocol.ended
        assert protocol.data == b"buffered, later"
        transport.close()
        await turns()
        peer.close()

    aio_loop.run_until_complete(main())


@pytest.mark.parametrize("kind", [Recorder, lambda: Buffered(4)], ids=["protocol", "buffered"])
def test_reading_that_is_paused_holds_back_what_was_buffered(aio_loop, kind):
    async def main():
        ours, peer = socket.socketpair()
        sock = net.Socket(fd=ours.detach())
        peer.send(b"buffered")
        await turns()

        def paused():
            made = kind()
            told = made.connection_made
            made.connection_made = lambda transport: (told(transport), transport.pause_reading())
            return made

        transport, protocol = await handover.to_transport(sock, paused)
        peer.send(b", later")
        await turns()
        assert protocol.data == b""
        transport.resume_reading()
        transport.pause_reading()
        await turns()
        assert protocol.data == b""
        transport.resume_reading()
        transport.pause_reading()
        transport.resume_reading()
        await turns()
        assert protocol.data == b"buffered, later"
        transport.pause_reading()
        peer.send(b"!")
        await turns()
        sock = handover.to_socket(transport)
        assert await sock.read_exactly(1) == b"!"
        await closed(sock)
        peer.close()

    aio_loop.run_until_complete(main())


def test_given_on_before_anything_was_delivered(aio_loop):
    async def main():
        ours, peer = socket.socketpair()
        sock = net.Socket(fd=ours.detach())
        peer.send(b"buffered")
        await turns()
        for _ in range(3):
            transport, protocol = await handover.to_transport(sock, Recorder)
            sock = handover.to_socket(transport, head=b"+")
            await protocol.lost
            assert protocol.data == b""
        assert await sock.read_exactly(11) == b"+++buffered"
        await closed(sock)
        peer.close()

    aio_loop.run_until_complete(main())


def test_half_open_socket(aio_loop):
    """FIN has been sent and has come: the transport knows both."""

    async def main():
        ours, peer = socket.socketpair()
        sock = net.Socket(fd=ours.detach(), allow_half_open=True)
        sock.end("all")
        peer.send(b"last")
        peer.shutdown(socket.SHUT_WR)
        await turns()
        transport, protocol = await handover.to_transport(sock, lambda: Recorder(keep_open=True))
        await protocol.ended
        assert protocol.events == ["made", "data", "eof"] and protocol.data == b"last"
        with pytest.raises(RuntimeError, match="write_eof"):
            transport.write(b"more")
        assert peer.recv(10) == b"all" and peer.recv(10) == b""
        transport.close()
        await protocol.lost
        peer.close()

    aio_loop.run_until_complete(main())


def test_context(aio_loop):
    """Callbacks run in a copy of the context that called to_transport()."""
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="none")
    seen = []

    class Curious(Recorder):
        def connection_made(self, transport):
            super().connection_made(transport)
            seen.append(variable.get())
            variable.set("own")

        def data_received(self, data):
            seen.append(variable.get())
            super().data_received(data)

    async def main():
        ours, peer = socket.socketpair()
        sock = net.Socket(fd=ours.detach())
        peer.send(b"one")
        await turns()
        variable.set("caller")
        transport, protocol = await handover.to_transport(sock, Curious)
        assert variable.get() == "caller"
        await protocol.received(3)
        peer.send(b"two")
        await protocol.received(6)
        assert seen == ["caller", "own", "own"]
        transport.close()
        await protocol.lost
        peer.close()

    aio_loop.run_until_complete(main())


# ---------------------------------------------------------------------------- refusals


def test_refused_transports(aio_loop):
    async def main():
        for wrong in (None, 5, object(), asyncio.Transport()):
            with pytest.raises(TypeError, match="is wanted"):
                handover.to_socket(wrong)
        reading, writing = os.pipe()
        pipe, _ = await aio_loop.connect_write_pipe(asyncio.BaseProtocol, os.fdopen(writing, "wb"))
        with pytest.raises(TypeError, match="is wanted"):
            handover.to_socket(pipe)
        pipe.close()
        os.close(reading)
        for end in ("close", "abort"):
            protocol = Recorder()
            transport, peer = await connect_pair(protocol)
            getattr(transport, end)()
            with pytest.raises(RuntimeError, match="closing"):
                handover.to_socket(transport)
            await protocol.lost
            with pytest.raises(RuntimeError, match="closed"):
                handover.to_socket(transport)
            peer.close()

    aio_loop.run_until_complete(main())


def test_refused_before_write_eof_is_done(aio_loop):
    async def main():
        protocol = Recorder()
        transport, peer = await connect_pair(protocol)
        transport.write(PATTERN)
        transport.write_eof()
        with pytest.raises(RuntimeError, match="write_eof"):
            handover.to_socket(transport)
        assert await read_exactly(peer, LARGE) == PATTERN  # nothing is lost
        peer.send(b"data")
        assert await protocol.received(4) == b"data"
        peer.close()
        await protocol.lost

    aio_loop.run_until_complete(main())


def test_refused_while_a_buffer_is_asked_for(aio_loop):
    class Early(Buffered):
        def get_buffer(self, sizehint):
            with pytest.raises(RuntimeError, match="get_buffer"):
                handover.to_socket(transport)
            refused.append(True)
            return self.memory

    refused: list[bool] = []

    async def main():
        nonlocal transport
        protocol = Early(10)
        transport, peer = await connect_pair(protocol)
        peer.send(b"data")
        await turns()
        assert refused and protocol.data == b"data"
        transport.close()
        await turns()
        peer.close()

    transport = None
    aio_loop.run_until_complete(main())


def test_refused_during_sendfile(aio_loop, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(PATTERN)

    async def main():
        protocol = Recorder()
        transport, peer = await connect_pair(protocol)
        with path.open("rb") as file:
            task = aio_loop.create_task(aio_loop.sendfile(transport, file))
            await turns()
            with pytest.raises(RuntimeError, match="sendfile"):
                handover.to_socket(transport)
            assert await read_exactly(peer, LARGE) == PATTERN
            await task
        sock = handover.to_socket(transport)
        peer.send(b"x")
        assert await sock.read_exactly(1) == b"x"
        await closed(sock)
        peer.close()

    aio_loop.run_until_complete(main())


def test_refused_tls(aio_loop):
    """Neither end of it: what is above has no descriptor, what is below reads what is encrypted."""
    pem = Path(__file__).with_name("localhost.pem")
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_context.load_cert_chain(pem)
    client_context = ssl.create_default_context(cafile=str(pem))

    async def main():
        async def echo(reader, writer):
            writer.write(await reader.readline())
            writer.close()

        server = await asyncio.start_server(echo, "127.0.0.1", 0, ssl=server_context)
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=client_context, server_hostname="localhost"
        )
        with pytest.raises(TypeError):
            handover.to_socket(writer.transport)
        below = [each for each in aio_loop._transports.values() if each is not writer.transport]
        assert below
        for each in below:
            with pytest.raises(TypeError, match="encrypted"):
                handover.to_socket(each)
        writer.write(b"still works\n")
        assert await reader.readline() == b"still works\n"
        writer.close()
        await writer.wait_closed()
        server.close()
        await server.wait_closed()

    aio_loop.run_until_complete(main())


def test_refused_sockets(aio_loop):
    async def main():
        with pytest.raises(TypeError, match=r"net\.Socket"):
            await handover.to_transport(None, Recorder)
        with pytest.raises(RuntimeError, match="not connected"):
            await handover.to_transport(net.Socket(), Recorder)
        server = await net.create_server(lambda each: each.resume()).listen(0, "127.0.0.1")
        sock = net.connect(server.address().port, "127.0.0.1")
        with pytest.raises(RuntimeError, match="await it"):
            await handover.to_transport(sock, Recorder)
        await sock
        sock.cork()
        with pytest.raises(RuntimeError, match="uncork"):
            await handover.to_transport(sock, Recorder)
        sock.uncork()
        with pytest.raises(ZeroDivisionError):
            await handover.to_transport(sock, lambda: 1 // 0)
        sock.set_encoding("utf8")
        with pytest.raises(RuntimeError, match="decodes"):
            await handover.to_transport(sock, Recorder)
        assert not sock.destroyed
        sock.destroy()
        server.close()
        await turns()

    aio_loop.run_until_complete(main())


def test_refused_on_another_loop(aio_loop):
    ours, peer = socket.socketpair()

    async def make():
        return net.Socket(fd=ours.detach())

    other = uvnet.new_event_loop()
    sock = other.run_until_complete(make())
    with pytest.raises(TypeError, match="another loop"):
        aio_loop.run_until_complete(handover.to_transport(sock, Recorder))
    other.run_until_complete(closed(sock))
    other.close()
    peer.close()


# ------------------------------------------------------------------ servers of both kinds


def test_both_faces_serve_in_one_loop(aio_loop):
    """A net.Server gives every other connection to asyncio, an asyncio server to net."""

    async def echo(reader, writer):
        while data := await reader.read(1000):
            writer.write(b"asyncio:" + data)
        writer.close()

    async def first_byte(sock):
        if await sock.read_exactly(1) == b"a":
            reader, writer = await handover.to_streams(sock)
            await echo(reader, writer)
        else:
            sock.on("data", lambda chunk: sock.write(b"net:" + chunk))

    class Choosing(asyncio.Protocol):
        def connection_made(self, transport):
            self.transport = transport

        def data_received(self, data):
            if data[:1] == b"n":
                sock = handover.to_socket(self.transport, head=data[1:])
                sock.on("data", lambda chunk: sock.write(b"net:" + chunk))
            else:
                self.transport.write(b"asyncio:" + data[1:])
                self.data_received = lambda data: self.transport.write(b"asyncio:" + data)
                self.transport.set_protocol(self)

    async def client(port, kind, message):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(kind + message)
        prefix = b"asyncio:" if kind == b"a" else b"net:"
        assert await reader.readexactly(len(prefix + message)) == prefix + message
        writer.write(b"again")
        assert await reader.readexactly(len(prefix) + 5) == prefix + b"again"
        writer.close()
        await writer.wait_closed()

    async def main():
        node = await net.create_server(first_byte).listen(0, "127.0.0.1")
        server = await aio_loop.create_server(Choosing, "127.0.0.1", 0)
        ports = [node.address().port, server.sockets[0].getsockname()[1]]
        await asyncio.gather(
            *(
                client(port, kind, b"%d" % number)
                for port in ports
                for kind in (b"a", b"n")
                for number in range(20)
            )
        )
        server.close()
        await server.wait_closed()
        closing = aio_loop.create_future()
        node.close(lambda error: closing.set_result(error))
        assert await closing is None
        await turns()

    aio_loop.run_until_complete(main())


def test_server_counts_what_was_handed_over(aio_loop):
    """An asyncio server does not wait for what is net's by now."""

    async def main():
        accepted = aio_loop.create_future()
        server = await aio_loop.create_server(lambda: Recorder_made(accepted), "127.0.0.1", 0)
        client = net.connect(server.sockets[0].getsockname()[1], "127.0.0.1")
        sock = handover.to_socket(await accepted)
        server.close()
        await asyncio.wait_for(server.wait_closed(), 30)
        server.close_clients()
        sock.write("still open")
        assert await client.read_exactly(10) == b"still open"
        await closed(sock)
        await closed(client)

    def Recorder_made(future):  # noqa: N802
        protocol = Recorder()
        protocol.made.add_done_callback(lambda made: future.set_result(made.result()))
        return protocol

    aio_loop.run_until_complete(main())


def test_nothing_is_left(aio_loop):
    """Neither end keeps the other alive."""
    import weakref

    async def main():
        ours, peer = socket.socketpair()
        sock = net.Socket(fd=ours.detach())
        references = [weakref.ref(sock)]
        for _ in range(10):
            transport, protocol = await handover.to_transport(sock, Recorder)
            references += [weakref.ref(transport), weakref.ref(protocol)]
            sock = handover.to_socket(transport)
            references.append(weakref.ref(sock))
            await protocol.lost
        del protocol, transport
        await turns()
        gc.collect()
        assert sum(each() is not None for each in references) == 1
        await closed(sock)
        peer.close()

    aio_loop.run_until_complete(main())
