"""What callbacks raise: it is told once, the connection and its descriptor are closed."""

from __future__ import annotations

import asyncio
import gc
import ssl
import sys

import pytest

from .streams import Recorder
from .tls import (
    CERTIFICATE,
    client_context,
    connect,
    open_sockets,
    reports,
    serve,
    server_context,
    until,
)

CALLBACKS = ["connection_made", "data_received", "eof_received", "connection_lost"]
BUFFERED = ["get_buffer", "buffer_updated"]


class Oops(Exception):
    pass


def faulty(name: str, base: type) -> type:
    """Return a class of protocols of which one callback raises."""

    def fail(self, *args):
        getattr(base, name, lambda *_: None)(self, *args)
        raise Oops(name)

    return type("Faulty", (base,), {name: fail})


class Buffered(asyncio.BufferedProtocol):
    def get_buffer(self, hint):
        return bytearray(1000)

    def buffer_updated(self, count):
        pass


async def one(address, send=b"!") -> None:
    """Be a client that says something and goes."""
    try:
        transport, protocol = await connect(Recorder, address)
    except (ssl.SSLError, ConnectionError):
        return
    transport.write(send)
    await asyncio.sleep(0)
    transport.close()
    await protocol.lost


@pytest.mark.parametrize("name", CALLBACKS + BUFFERED)
def test_server_side(run, name):
    async def main():
        kind = faulty(name, Buffered if name in BUFFERED else asyncio.Protocol)
        before = open_sockets()
        with reports() as told:
            async with serve(kind, server_context()) as address:
                await one(address)
                await until(lambda: told and open_sockets() == before + 1)
        assert [details["exception"].args for details in told] == [(name,)]
        await until(lambda: open_sockets() == before)

    run(main())


@pytest.mark.parametrize("name", CALLBACKS + BUFFERED)
def test_client_side(run, name):
    class Greets(asyncio.Protocol):
        def connection_made(self, transport):
            transport.write(b"hello")
            transport.close()

    async def main():
        kind = faulty(name, Buffered if name in BUFFERED else asyncio.Protocol)
        before = open_sockets()
        with reports() as told:
            async with serve(Greets, server_context()) as address:
                if name == "connection_made":
                    with pytest.raises(Oops):
                        await connect(kind, address)
                else:
                    await connect(kind, address)
                await until(lambda: told and open_sockets() == before + 1)
        assert [details["exception"].args for details in told] == [(name,)]
        await until(lambda: open_sockets() == before)

    run(main())


@pytest.mark.parametrize("name", ["pause_writing", "resume_writing"])
def test_flow_control(run, name):
    """As with every transport the connection goes on, and nothing is lost."""

    async def main():
        kind = faulty(name, Recorder)
        before = open_sockets()
        sinks = []

        def factory():
            sinks.append(Recorder())
            return sinks[-1]

        with reports() as told:
            async with serve(factory, server_context()) as address:
                transport, protocol = await connect(kind, address)
                await until(lambda: sinks and sinks[0].made.done())
                transport.set_write_buffer_limits(high=1000)
                sinks[0].transport.pause_reading()
                await asyncio.sleep(0.01)
                transport.write(bytes(10_000_000))
                transport.write(bytes(10_000))
                await asyncio.sleep(0.01)
                sinks[0].transport.resume_reading()
                transport.close()
                assert await protocol.lost is None
                assert len(sinks[0].data) == 10_010_000
        assert [details["exception"].args for details in told] == [(name,)]
        await until(lambda: open_sockets() == before)

    run(main())


@pytest.mark.parametrize("error", ["SystemExit", "KeyboardInterrupt"])
def test_exit(program, error):
    """It ends the run, not only the connection."""
    program(
        f"""
        import ssl

        class Exits(asyncio.Protocol):
            def data_received(self, data):
                raise {error}

        class Client(asyncio.Protocol):
            def connection_made(self, transport):
                transport.write(b"!")

        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain({str(CERTIFICATE)!r})
        client = ssl.create_default_context(cafile={str(CERTIFICATE)!r})

        async def main():
            loop = asyncio.get_running_loop()
            listening = await loop.create_server(Exits, "127.0.0.1", 0, ssl=server)
            address = listening.sockets[0].getsockname()
            await loop.create_connection(Client, *address, ssl=client, server_hostname="localhost")
            await asyncio.sleep(60)

        loop = new_loop()
        try:
            loop.run_until_complete(main())
        except {error}:
            print("ended")
            os._exit(0)
        """,
    )


@pytest.mark.parametrize("loop_name", ["uvnet"])
@pytest.mark.parametrize("name", ["connection_made", "data_received", "sni_callback", "refused"])
def test_a_thousand(run, name, loop_name):
    """No descriptor is left, no transport, and no memory that grows."""

    def raise_it(*_):
        raise Oops(name)

    context = server_context(sni_callback=raise_it if name == "sni_callback" else None)
    kind = faulty(name, asyncio.Protocol) if name in CALLBACKS else asyncio.Protocol
    client = ssl.create_default_context() if name == "refused" else client_context()

    async def rounds(address, count):
        async def one_client():
            try:
                transport, protocol = await connect(Recorder, address, client)
            except (ssl.SSLError, ConnectionError):
                return
            transport.write(b"!")
            await protocol.lost

        for _ in range(count // 20):
            await asyncio.gather(*[one_client() for _ in range(20)])

    async def main():
        loop = asyncio.get_running_loop()
        with reports() as told:
            async with serve(kind, context) as address:
                await rounds(address, 100)
                await until(lambda: not loop._transports)
                sockets = open_sockets()
                told.clear()
                gc.collect()
                objects = len(gc.get_objects())
                blocks = sys.getallocatedblocks()
                await rounds(address, 1000)
                await until(lambda: not loop._transports)
                assert len(told) == (1000 if name in CALLBACKS else 0)
                told.clear()
                await until(lambda: open_sockets() == sockets)
                gc.collect()
                assert len(gc.get_objects()) < objects + 1000
                assert sys.getallocatedblocks() < blocks + 5000

    unraisable, sys.unraisablehook = sys.unraisablehook, lambda args: None
    try:
        run(main())
    finally:
        sys.unraisablehook = unraisable
