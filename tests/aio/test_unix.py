"""Unix sockets: create_unix_server and create_unix_connection, on both loops."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import sys
import tempfile

import pytest

from .streams import Recorder

LINUX = sys.platform == "linux"


@pytest.fixture
def path():
    folder = tempfile.mkdtemp()  # pytest's own may be too long for a socket
    yield os.path.join(folder, "sock")
    shutil.rmtree(folder)


async def serve_and_connect(path):
    loop = asyncio.get_running_loop()
    accepted = []

    def factory():
        accepted.append(Recorder())
        return accepted[-1]

    server = await loop.create_unix_server(factory, path)
    transport, protocol = await loop.create_unix_connection(Recorder, path)
    transport.write(b"ping")
    while not accepted:
        await asyncio.sleep(0.001)
    assert await accepted[0].received(4) == b"ping"
    accepted[0].transport.write(b"pong")
    assert await protocol.received(4) == b"pong"
    return server, transport, protocol, accepted[0]


async def end(server, transport, protocol, accepted):
    transport.close()
    await protocol.lost
    await accepted.lost
    server.close()
    await server.wait_closed()


def test_echo(run, path):
    async def main():
        ends = await serve_and_connect(path)
        server, transport, _, accepted = ends
        assert [sock.getsockname() for sock in server.sockets] == [path]
        assert transport.get_extra_info("peername") == path
        assert transport.get_extra_info("sockname") == ""
        assert accepted.transport.get_extra_info("sockname") == path
        assert accepted.transport.get_extra_info("peername") == ""
        assert accepted.transport.get_extra_info("socket").family == socket.AF_UNIX
        await end(*ends)

    run(main())


@pytest.mark.skipif(not LINUX, reason="abstract names are Linux's")
@pytest.mark.parametrize("kind", [str, bytes])
def test_abstract_name(run, kind):
    name = f"\0uvnet-test-{os.getpid()}"

    async def main():
        ends = await serve_and_connect(name if kind is str else name.encode())
        assert ends[1].get_extra_info("peername") == name.encode()
        assert ends[3].transport.get_extra_info("sockname") == name.encode()
        await end(*ends)

    run(main())


def test_stale_socket_is_replaced(run, path):
    async def main():
        with socket.socket(socket.AF_UNIX) as stale:
            stale.bind(path)
        ends = await serve_and_connect(path)
        await end(*ends)

    run(main())


def test_other_file_is_not(run, path):
    async def main():
        with open(path, "w"):
            pass
        with pytest.raises(OSError, match="already in use"):
            await asyncio.get_running_loop().create_unix_server(asyncio.Protocol, path)

    run(main())


@pytest.mark.parametrize("cleanup", [True, False])
def test_cleanup(aio_loop, path, cleanup):
    async def main():
        server = await aio_loop.create_unix_server(asyncio.Protocol, path, cleanup_socket=cleanup)
        assert os.path.exists(path)
        server.close()
        assert os.path.exists(path) is not cleanup

    aio_loop.run_until_complete(main())


def test_cleanup_leaves_anothers_socket(aio_loop, path):
    async def main():
        first = await aio_loop.create_unix_server(asyncio.Protocol, path, cleanup_socket=True)
        os.rename(path, path + ".old")
        second = await aio_loop.create_unix_server(asyncio.Protocol, path, cleanup_socket=True)
        first.close()
        assert os.path.exists(path)
        second.close()
        assert not os.path.exists(path)

    aio_loop.run_until_complete(main())


def test_given_sockets(run, path):
    async def main():
        loop = asyncio.get_running_loop()
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        server = await loop.create_unix_server(Recorder, sock=listener)
        sock = socket.socket(socket.AF_UNIX)
        sock.connect(path)
        transport, protocol = await loop.create_unix_connection(Recorder, sock=sock)
        transport.close()
        await protocol.lost
        server.close()
        await asyncio.sleep(0.01)

    run(main())


def test_bad_arguments(run, path):
    async def main():
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_INET) as inet, socket.socket(socket.AF_UNIX) as unix:
            for create in (loop.create_unix_connection, loop.create_unix_server):
                with pytest.raises(ValueError, match="UNIX"):
                    await create(asyncio.Protocol, sock=inet)
                with pytest.raises(ValueError, match="same time"):
                    await create(asyncio.Protocol, path, sock=unix)
                with pytest.raises(ValueError, match="specified"):
                    await create(asyncio.Protocol)
                with pytest.raises(ValueError, match="ssl_handshake_timeout"):
                    await create(asyncio.Protocol, path, ssl_handshake_timeout=1)
        with pytest.raises(ValueError, match="server_hostname"):
            await loop.create_unix_connection(asyncio.Protocol, path, server_hostname="a")
        with pytest.raises(ValueError, match="server_hostname"):
            await loop.create_unix_connection(asyncio.Protocol, path, ssl=True)
        with pytest.raises(TypeError, match="SSLContext"):
            await loop.create_unix_server(asyncio.Protocol, path, ssl=True)

    run(main())


def test_nobody_listens(run, path):
    async def main():
        loop = asyncio.get_running_loop()
        with pytest.raises(FileNotFoundError):
            await loop.create_unix_connection(asyncio.Protocol, path)
        with socket.socket(socket.AF_UNIX) as sock:
            sock.bind(path)
            with pytest.raises(ConnectionRefusedError):
                await loop.create_unix_connection(asyncio.Protocol, path)

    run(main())


def test_much(run, path):
    async def main():
        ends = await serve_and_connect(path)
        data = bytes(3 << 20)
        ends[1].write(data)
        ends[1].write_eof()
        assert len(await ends[3].received(len(data) + 4)) == len(data) + 4
        await ends[3].ended
        server, transport, protocol, accepted = ends
        await protocol.lost
        await accepted.lost
        server.close()

    run(main())
