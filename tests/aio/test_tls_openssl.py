"""The openssl command as the other end: another program, with requests that Python cannot make."""

from __future__ import annotations

import asyncio
import shutil
import subprocess

import pytest

from .streams import Recorder
from .tls import CERTIFICATE, Factory, connect, serve, server_context

pytestmark = [
    pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl command"),
    pytest.mark.parametrize("loop_name", ["uvnet"]),
]


class Echo(Recorder):
    def data_received(self, data):
        super().data_received(data)
        self.transport.write(data)


async def s_client(address, *options: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        "openssl",
        "s_client",
        "-connect",
        f"{address[0]}:{address[1]}",
        "-CAfile",
        str(CERTIFICATE),
        "-verify_return_error",
        *options,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


async def until_read(stream: asyncio.StreamReader, expected: bytes) -> bytes:
    data = b""
    while expected not in data:
        more = await stream.read(65536)
        assert more, data
        data += more
    return data


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_client(run, version, loop_name):
    async def main():
        context = server_context()
        context.set_alpn_protocols(["h2"])
        factory = Factory(Echo)
        async with serve(factory, context) as address:
            client = await s_client(address, version, "-alpn", "h2", "-quiet")
            client.stdin.write(b"hello openssl\n")
            await until_read(client.stdout, b"hello openssl\n")
            theirs = await factory.next()
            tls = theirs.transport.get_extra_info("ssl_object")
            assert tls.version() == {"-tls1_2": "TLSv1.2", "-tls1_3": "TLSv1.3"}[version]
            assert tls.selected_alpn_protocol() == "h2"
            client.stdin.close()
            client.terminate()
            await client.communicate()
            await theirs.lost

    run(main())


def test_key_update(run, loop_name):
    """TLS 1.3: both ends change their keys in the middle, twice."""

    async def main():
        factory = Factory(Echo)
        async with serve(factory, server_context()) as address:
            client = await s_client(address, "-tls1_3")
            await until_read(client.stdout, b"Verify return code: 0")
            theirs = await factory.next()
            client.stdin.write(b"before\n")
            await until_read(client.stdout, b"before\n")
            for number in range(2):
                client.stdin.write(b"K\n")  # update, and have the other end do so, too
                await until_read(client.stdout, b"KEYUPDATE")
                client.stdin.write(b"after %d\n" % number)
                await until_read(client.stdout, b"after %d\n" % number)
            assert theirs.data == b"before\nafter 0\nafter 1\n"
            theirs.transport.close()
            assert await theirs.lost is None
            client.terminate()
            await client.communicate()

    run(main())


def test_renegotiation_is_refused(run, loop_name):
    """TLS 1.2: OpenSSL refuses what a client asks for; the server goes on with the next one."""

    async def main():
        factory = Factory(Echo)
        async with serve(factory, server_context()) as address:
            client = await s_client(address, "-tls1_2")
            client.stdin.write(b"before\n")
            await until_read(client.stdout, b"before\n")
            theirs = await factory.next()
            client.stdin.write(b"R\n")
            client.stdin.write(b"after\n")
            await theirs.lost
            client.stdin.close()
            await client.wait()
            await client.stdout.read()
            transport, protocol = await connect(Recorder, address)
            transport.write(b"next")
            assert await protocol.received(4) == b"next"
            transport.close()
            await protocol.lost

    run(main())


def test_server(run, loop_name):
    """A server that renegotiates when it is told to, and then says goodbye."""

    async def main():
        process = await asyncio.create_subprocess_exec(
            "openssl",
            "s_server",
            "-accept",
            "127.0.0.1:0",
            "-cert",
            str(CERTIFICATE),
            "-key",
            str(CERTIFICATE),
            "-tls1_2",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        said = await until_read(process.stdout, b"ACCEPT 127.0.0.1:")
        while not said.endswith(b"\n"):
            said += await process.stdout.read(100)
        port = int(said.split(b"ACCEPT 127.0.0.1:")[1].split()[0])
        transport, protocol = await connect(Recorder, ("127.0.0.1", port))
        transport.write(b"hello\n")
        await until_read(process.stdout, b"hello\n")
        process.stdin.write(b"one\n")
        assert await protocol.received(4) == b"one\n"
        process.stdin.write(b"r\n")  # renegotiate
        await until_read(process.stdout, b"SSL_do_handshake -> 1")
        process.stdin.write(b"two\n")
        while b"two\n" not in protocol.data and not protocol.lost.done():
            await asyncio.sleep(0.001)
        assert b"two\n" in protocol.data
        transport.write(b"bye\n")
        await until_read(process.stdout, b"bye\n")
        process.stdin.write(b"Q\n")  # close the connection, and end
        assert await protocol.lost is None
        await process.communicate()

    run(main())
