"""What other projects' test suites have found: tests/ecosystem runs them whole."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

import uvnet

from .datagrams import unix_pair

CERTIFICATE = Path(__file__).parent / "localhost.pem"


class Protocol(asyncio.Protocol):
    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.made = loop.create_future()
        self.lost = loop.create_future()
        self.received = b""
        self.paused = False

    def connection_made(self, transport):
        self.transport = transport
        self.made.set_result(None)

    def connection_lost(self, exc):
        self.lost.set_result(exc)

    def data_received(self, data):
        self.received += data

    def pause_writing(self):
        self.paused = True

    def resume_writing(self):
        self.paused = False

    def error_received(self, exc):
        raise exc


async def connected():
    """Return (protocol, the other end: a socket)."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    _, protocol = await asyncio.get_running_loop().create_connection(Protocol, sock=ours)
    return protocol, theirs


def test_the_socket_is_the_same_one_every_time(run):
    """anyio: what a stream and the TLS stream over it return is compared."""

    async def main():
        protocol, other = await connected()
        with other:
            sock = protocol.transport.get_extra_info("socket")
            assert protocol.transport.get_extra_info("socket") is sock
            protocol.transport.abort()
            await protocol.lost
            assert protocol.transport.get_extra_info("socket") is sock
            assert sock.fileno() == -1

    run(main())


def test_the_socket_of_datagrams_is_the_same_one_every_time(run):
    async def main():
        loop = asyncio.get_running_loop()
        transport, protocol = await loop.create_datagram_endpoint(
            Protocol, local_addr=("127.0.0.1", 0)
        )
        sock = transport.get_extra_info("socket")
        assert transport.get_extra_info("socket") is sock
        transport.close()
        await protocol.lost
        assert transport.get_extra_info("socket") is sock
        assert sock.fileno() == -1

    run(main())


def test_a_refused_datagram_is_told_at_once_where_nothing_may_wait(run):
    """anyio: with a high-water mark of 0, pause_writing() comes before sendto() returns."""

    async def main():
        near, far = unix_pair()
        with far:
            near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
            loop = asyncio.get_running_loop()
            transport, protocol = await loop.create_datagram_endpoint(Protocol, sock=near)
            transport.set_write_buffer_limits(0)
            for _ in range(10000):
                transport.sendto(bytes(1000))
                if transport.get_write_buffer_size():
                    break
            assert protocol.paused
            assert 1000 <= transport.get_write_buffer_size() < 2000  # that one alone
            transport.abort()
            await protocol.lost

    run(main())


def test_what_was_written_before_abort_is_sent(run):
    """aiohttp: only what the kernel has refused is dropped, though writes are corked."""

    async def main():
        protocol, other = await connected()
        with other:
            protocol.transport.write(b"last ")
            protocol.transport.write(b"words")
            protocol.transport.abort()
            assert await protocol.lost is None
            assert other.recv(100) == b"last words"

    run(main())


def test_a_datagram_sent_before_abort_is_sent(run):
    async def main():
        near, far = unix_pair()
        with far:
            loop = asyncio.get_running_loop()
            transport, protocol = await loop.create_datagram_endpoint(Protocol, sock=near)
            transport.sendto(b"last words")
            transport.abort()
            assert await protocol.lost is None
            assert far.recv(100) == b"last words"

    run(main())


def test_start_tls_on_a_closed_transport(run):
    """aiohttp: there is no transport then, and no error; the protocol is told once."""

    async def main():
        loop = asyncio.get_running_loop()
        context = ssl.create_default_context(cafile=str(CERTIFICATE))
        protocol, other = await connected()
        with other:
            protocol.transport.close()
            tls = await loop.start_tls(
                protocol.transport, protocol, context, server_hostname="localhost"
            )
            assert tls is None
            assert await protocol.lost is None

    run(main())


def test_the_context_of_tls_where_asyncio_has_it(run):
    """aiohttp: transport._ssl_protocol._sslcontext."""

    async def main():
        loop = asyncio.get_running_loop()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE)
        server = await loop.create_server(Protocol, "127.0.0.1", 0, ssl=context)
        trusting = ssl.create_default_context(cafile=str(CERTIFICATE))
        transport, protocol = await loop.create_connection(
            Protocol,
            *server.sockets[0].getsockname(),
            ssl=trusting,
            server_hostname="localhost",
        )
        assert transport._ssl_protocol._sslcontext is trusting
        transport.close()
        await protocol.lost
        server.close()
        await server.wait_closed()

    run(main())


def test_a_unix_path_is_looked_at_only_if_it_is_taken(tmp_path, monkeypatch):
    """aiohttp: a tool for tests refuses calls that may block, but for those in asyncio itself."""
    path = str(tmp_path / "socket")
    looked = []
    stat = os.stat

    def noted(path):
        looked.append(path)
        return stat(path)

    async def bind():
        with monkeypatch.context() as patch:
            patch.setattr(os, "stat", noted)
            server = await asyncio.get_running_loop().create_unix_server(Protocol, path)
        server.close()
        await server.wait_closed()

    uvnet.run(bind())
    assert looked == []
    stale = socket.socket(socket.AF_UNIX)
    with contextlib.suppress(FileNotFoundError):  # it stays up to Python 3.12
        os.unlink(path)
    stale.bind(path)
    stale.close()
    uvnet.run(bind())
    assert looked == [path]


def test_a_deadline_that_is_an_int_stays_one(run):
    """aiohttp: TimerHandle.when() is what call_at() was given."""

    async def main():
        loop = asyncio.get_running_loop()
        soon = int(loop.time()) + 100
        for when in (soon, float(soon)):
            timer = loop.call_at(when, print)
            assert timer.when() == when
            assert type(timer.when()) is type(when)
            assert type(timer._when) is type(when)
            assert f"when={when}" in repr(timer)
            timer.cancel()

    run(main())


@pytest.mark.parametrize("more", ["", "; loop.add_signal_handler(10, print)"])
def test_a_loop_that_is_left_to_the_end_of_the_interpreter(more):
    """aiosmtpd: the modules that close() needs are empty by then."""
    program = (
        "import asyncio, uvnet; loop = uvnet.new_event_loop(); "
        f"asyncio.set_event_loop(loop); asyncio.keep = loop{more}"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
