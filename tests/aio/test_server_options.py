"""Servers of several addresses, and when they are closed: as asyncio's of the running Python."""

from __future__ import annotations

import asyncio
import contextlib
import pathlib
import socket
import sys

import pytest

from .streams import Recorder


def addresses(server):
    return sorted((sock.getsockname()[0], sock.family) for sock in server.sockets)


async def reached(address):
    reader, writer = await asyncio.open_connection(*address[:2])
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
    return True


@pytest.mark.parametrize("host", [None, "", ["127.0.0.1", "127.0.0.2"], ("127.0.0.1",), "::1"],
                         ids=["none", "empty", "list", "tuple", "literal"])  # fmt: skip
def test_hosts(host, new_loop):
    """Port 0 with several hosts: each has one, and dual stack means two sockets."""
    if host == "::1" and not socket.has_ipv6:
        pytest.skip("no IPv6")

    async def main():
        loop = asyncio.get_running_loop()
        server = await loop.create_server(asyncio.Protocol, host, 0, backlog=7)
        names = addresses(server)
        for sock in server.sockets:
            assert sock.getsockname()[1] > 0
            where = sock.getsockname()
            assert await reached(("127.0.0.1" if where[0] == "0.0.0.0" else where[0], where[1]))
            if sock.family == socket.AF_INET6:
                assert sock.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY)
        server.close()
        assert server.sockets == ()
        return names

    with asyncio.Runner(loop_factory=new_loop) as runner:
        names = runner.run(main())
    wanted = {
        "list": [("127.0.0.1", 2), ("127.0.0.2", 2)],
        "tuple": [("127.0.0.1", 2)],
        "str": [("::1", 10)],
    }.get(type(host).__name__ if host else "")
    assert wanted is None or [(name, int(family)) for name, family in names] == wanted


@pytest.mark.parametrize("kind", ["str", "bytes", "path"])
def test_unix_paths(run, tmp_path, kind):
    path = tmp_path / "socket"
    given = {"str": str(path), "bytes": bytes(path), "path": pathlib.Path(path)}[kind]

    async def main():
        loop = asyncio.get_running_loop()
        server = await loop.create_unix_server(asyncio.Protocol, given)
        transport, _ = await loop.create_unix_connection(asyncio.Protocol, given)
        transport.close()
        await asyncio.sleep(0.01)
        server.close()
        await asyncio.sleep(0)
        assert path.exists() is (sys.version_info < (3, 13))

    run(main())


def test_start_serving_twice_and_late(run):
    async def main():
        loop = asyncio.get_running_loop()
        server = await loop.create_server(asyncio.Protocol, "127.0.0.1", 0, start_serving=False)
        address = server.sockets[0].getsockname()
        assert not server.is_serving()
        with pytest.raises(ConnectionRefusedError):
            await reached(address)
        await server.start_serving()
        await server.start_serving()
        assert server.is_serving() and await reached(address)
        forever = asyncio.ensure_future(server.serve_forever())
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="already being awaited"):
            await server.serve_forever()
        forever.cancel()
        with pytest.raises(asyncio.CancelledError):
            await forever
        assert not server.is_serving()
        with pytest.raises(RuntimeError, match="closed"):
            await server.serve_forever()
        assert server.get_loop() is loop

    run(main())


@pytest.mark.parametrize("connected", [False, True], ids=["alone", "with a client"])
@pytest.mark.parametrize("closed", ["before", "after"])
def test_wait_closed(run, connected, closed):
    """Whether wait_closed() waits depends on the Python: it does what asyncio's does."""

    async def main():
        loop = asyncio.get_running_loop()
        protocols = []

        def factory():
            protocols.append(Recorder())
            return protocols[-1]

        server = await loop.create_server(factory, "127.0.0.1", 0)
        client = None
        if connected:
            client = socket.create_connection(server.sockets[0].getsockname())
            while not protocols:
                await asyncio.sleep(0.001)
        if closed == "before":
            server.close()
        waiting = asyncio.ensure_future(server.wait_closed())
        await asyncio.sleep(0.02)
        done_early = waiting.done()
        if closed == "after":
            server.close()
            await asyncio.sleep(0.02)
        done_with_client = waiting.done()
        if client is not None:
            client.close()
            await protocols[0].lost
        await asyncio.wait_for(waiting, 30)
        if closed == "after":
            assert not done_early
        elif sys.version_info < (3, 12):
            assert done_early
        else:
            assert done_early is not connected
        assert done_with_client is (not connected or done_early)

    run(main())


@pytest.mark.parametrize("how", ["create_server", "create_connection", "connect_accepted_socket"])
def test_sockets_of_a_wrong_kind(run, how):
    async def main():
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            with pytest.raises(ValueError, match="Stream Socket was expected"):
                if how == "create_server":
                    await loop.create_server(asyncio.Protocol, sock=sock)
                elif how == "create_connection":
                    await loop.create_connection(asyncio.Protocol, sock=sock)
                else:
                    await loop.connect_accepted_socket(asyncio.Protocol, sock)
            assert sock.fileno() >= 0

    run(main())
