"""The handshake: what is agreed on, who is let in, and every way in which it fails."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
import ssl
import struct
import sys

import pytest

from .streams import Recorder
from .tls import (
    CERTIFICATE,
    Factory,
    client_context,
    connect,
    gone,
    in_background,
    open_sockets,
    pair,
    reports,
    serve,
    server_context,
    until,
)

FAILED = (ssl.SSLError, ConnectionError)


# ------------------------------------------------------------------------ what is agreed


def test_extra_info(run):
    async def main():
        async with pair() as (client, server):
            for end in (client.transport, server.transport):
                assert isinstance(end, asyncio.Transport)
                tls = end.get_extra_info("ssl_object")
                assert isinstance(tls, ssl.SSLObject)
                assert isinstance(end.get_extra_info("sslcontext"), ssl.SSLContext)
                assert end.get_extra_info("cipher") == tls.cipher()
                assert end.get_extra_info("compression") is None
                assert end.get_extra_info("peercert") == tls.getpeercert()
                assert end.get_extra_info("nothing", "default") == "default"
                assert end.get_extra_info("socket").fileno() > 0
            names = [
                [end.transport.get_extra_info(name) for name in ("sockname", "peername")]
                for end in (client, server)
            ]
            assert names[0] == names[1][::-1]
            subject = client.transport.get_extra_info("peercert")["subject"]
            assert subject == ((("commonName", "localhost"),),)
            assert server.transport.get_extra_info("peercert") is None

    run(main())


def test_extra_info_at_the_end(run):
    async def main():
        async with pair() as (client, server):
            client.transport.close()
            await client.lost
            assert isinstance(client.transport.get_extra_info("ssl_object"), ssl.SSLObject)
            assert client.transport.get_extra_info("peercert")
            assert client.transport.get_protocol() is None

    run(main())


@pytest.mark.parametrize(
    "offered, expected", [(["h2", "http/1.1"], "h2"), (["x"], None), ([], None)]
)
def test_alpn(run, offered, expected):
    async def main():
        server, client = server_context(), client_context()
        server.set_alpn_protocols(["h2", "http/1.1"])
        if offered:
            client.set_alpn_protocols(offered)
        async with pair(server_context=server, client_context=client) as ends:
            for end in ends:
                tls = end.transport.get_extra_info("ssl_object")
                assert tls.selected_alpn_protocol() == expected

    run(main())


def test_sni(run):
    """The callback is told the name, and may change the context."""

    async def main():
        names = []
        first, other = server_context(), server_context()
        other.set_alpn_protocols(["other"])

        def choose(tls, name, context):
            assert context is first
            names.append(name)
            tls.context = other

        first.sni_callback = choose
        client = client_context()
        client.set_alpn_protocols(["other"])
        async with pair(server_context=first, client_context=client) as (ours, theirs):
            assert names == ["localhost"]
            assert theirs.transport.get_extra_info("ssl_object").context is other
            assert ours.transport.get_extra_info("ssl_object").selected_alpn_protocol() == "other"

    run(main())


@pytest.mark.parametrize("how", ["raises", "alert", "nonsense"])
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_sni_callback_that_fails(run, how):
    """The client is told, the server drops it, and serves the next."""

    async def main():
        def choose(tls, name, context):
            if how == "raises":
                raise ZeroDivisionError
            return ssl.ALERT_DESCRIPTION_ACCESS_DENIED if how == "alert" else "nonsense"

        context = server_context(sni_callback=choose)
        factory = Factory()
        before = open_sockets()
        async with serve(factory, context) as address:
            with pytest.raises(FAILED):
                await connect(Recorder, address)
            context.sni_callback = None
            transport, _ = await connect(Recorder, address)
            transport.close()
            await gone(transport)
        await until(lambda: open_sockets() <= before)
        assert factory.made[0].events == []

    unraisable, sys.unraisablehook = sys.unraisablehook, lambda args: None
    try:
        run(main())
    finally:
        sys.unraisablehook = unraisable


@pytest.mark.parametrize("loop_name", ["uvnet"])
def test_the_other_end_is_told_why(run, loop_name):
    """An alert leaves before the connection is closed. asyncio cuts it without a word."""

    async def main():
        def choose(tls, name, context):
            return ssl.ALERT_DESCRIPTION_ACCESS_DENIED

        async with serve(Recorder, server_context(sni_callback=choose)) as address:
            with pytest.raises(ssl.SSLError, match="(?i)access.denied"):
                await connect(Recorder, address)

    run(main())


def test_client_certificate(run):
    async def main():
        server = server_context(verify_mode=ssl.CERT_REQUIRED)
        server.load_verify_locations(CERTIFICATE)
        client = client_context()
        client.load_cert_chain(CERTIFICATE)
        async with pair(server_context=server, client_context=client) as (_, theirs):
            subject = theirs.transport.get_extra_info("peercert")["subject"]
            assert subject == ((("commonName", "localhost"),),)

    run(main())


def test_missing_client_certificate(run):
    """With TLS 1.3 the client believes to be connected before the server says no."""

    async def main():
        server = server_context(verify_mode=ssl.CERT_REQUIRED)
        server.load_verify_locations(CERTIFICATE)
        factory = Factory()
        async with serve(factory, server) as address:
            with reports() as told:
                with contextlib.suppress(*FAILED):
                    transport, protocol = await connect(Recorder, address)
                    with contextlib.suppress(*FAILED):
                        await protocol.lost
                await until(lambda: len(factory.made) == 1)
                await asyncio.sleep(0.02)
                assert factory.made[0].events == []
                assert told == []

    run(main())


def test_session_is_resumed(run):
    """The tickets that TLS 1.3 sends after the handshake arrive, and one lets the client in."""

    def ask(address, context, session):
        with (
            socket.create_connection(address, 30) as sock,
            context.wrap_socket(sock, server_hostname="localhost", session=session) as tls,
        ):
            tls.sendall(b"?")
            assert tls.recv(1) == b"?"  # the tickets come before
            return tls.session, tls.session_reused

    class Echo(Recorder):
        def data_received(self, data):
            self.transport.write(data)

    async def main():
        context = client_context()
        async with serve(Echo, server_context()) as address:
            session, reused = await in_background(ask, address, context, None)
            assert not reused
            session, reused = await in_background(ask, address, context, session)
            assert reused

    run(main())


@pytest.mark.skipif(sys.version_info < (3, 13), reason="Python has no PSK callbacks")
@pytest.mark.parametrize("known", [True, False], ids=["known", "unknown"])
def test_psk(run, known):
    async def main():
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        client.check_hostname = False
        client.verify_mode = ssl.CERT_NONE
        for context in (server, client):
            context.maximum_version = ssl.TLSVersion.TLSv1_2
            context.set_ciphers("PSK")
        keys = {"alice": b"secret"}
        client.set_psk_client_callback(lambda hint: ("alice", b"secret" if known else b"guess"))
        server.set_psk_server_callback(lambda identity: keys[identity], "who?")
        factory = Factory()
        async with serve(factory, server) as address:
            if known:
                transport, _ = await connect(Recorder, address, client)
                assert (await factory.next()).events == ["made"]
                transport.close()
                await gone(transport)
            else:
                with pytest.raises(FAILED):
                    await connect(Recorder, address, client)

    run(main())


def test_data_with_the_handshake(run):
    """What connection_made() writes arrives, from both ends; so does what comes at once after."""

    class Speaks(Recorder):
        def connection_made(self, transport):
            super().connection_made(transport)
            transport.write(b"hello")

    async def main():
        async with pair(Speaks, Speaks) as (client, server):
            assert await client.received(5) == b"hello"
            assert await server.received(5) == b"hello"
            assert client.events == ["made", "data"]

    run(main())


# ------------------------------------------------------------------------- how it fails


@pytest.mark.parametrize(
    "options, error",
    [
        ({"context": ssl.create_default_context()}, ssl.SSLCertVerificationError),
        ({"server_hostname": "example.org"}, ssl.SSLCertVerificationError),
    ],
    ids=["unknown issuer", "wrong name"],
)
def test_certificate_that_is_refused(run, options, error):
    async def main():
        factory = Factory()
        before = open_sockets()
        async with serve(factory, server_context()) as address:
            with reports() as told:
                protocol = None

                def make():
                    nonlocal protocol
                    protocol = Recorder()
                    return protocol

                with pytest.raises(error):
                    await connect(make, address, **options)
                await asyncio.sleep(0.02)
                assert told == []
                assert protocol.events == []
        await until(lambda: open_sockets() <= before)
        assert [each.events for each in factory.made] == [[]]

    run(main())


@pytest.mark.parametrize("which", ["ssl_handshake_timeout", "ssl_shutdown_timeout"])
@pytest.mark.parametrize("seconds", [0, -1])
def test_timeouts_must_be_positive(run, which, seconds):
    async def main():
        loop = asyncio.get_running_loop()
        with socket.create_server(("127.0.0.1", 0)) as listener:
            sock = socket.create_connection(listener.getsockname())
            sock.setblocking(False)
            with sock, pytest.raises(ValueError, match=f"{which} should be a positive number"):
                await loop.create_connection(
                    Recorder,
                    sock=sock,
                    ssl=client_context(),
                    server_hostname="localhost",
                    **{which: seconds},
                )

    run(main())


def test_timeout(run):
    """Of both ends: the client raises, the server drops the connection without a word."""

    async def main():
        before = open_sockets()
        with (
            socket.create_server(("127.0.0.1", 0)) as listener,
            pytest.raises(
                ConnectionAbortedError,
                match=r"SSL handshake is taking longer than 0\.05 seconds: aborting the connection",
            ),
        ):
            await connect(Recorder, listener.getsockname(), ssl_handshake_timeout=0.05)
        factory = Factory()
        async with serve(factory, server_context(), ssl_handshake_timeout=0.05) as address:
            with reports() as told, socket.create_connection(address) as sock:
                sock.settimeout(30)
                data = await in_background(lost, sock)
                assert data in (b"", "reset")
                assert told == []
        await until(lambda: open_sockets() <= before)
        assert [each.events for each in factory.made] == [[]]

    run(main())


def lost(sock: socket.socket):
    """Read to the end; return all, or "reset"."""
    data = b""
    try:
        while more := sock.recv(1000):
            data += more
    except ConnectionResetError:
        return "reset"
    return data


@pytest.mark.parametrize("how", ["reset", "eof", "half", "http", "noise"])
def test_client_that_does_not_shake_hands(run, how):
    async def main():
        factory = Factory()
        before = open_sockets()
        async with serve(factory, server_context()) as address:
            with reports() as told:
                for _ in range(5):
                    with socket.create_connection(address) as sock:
                        sock.settimeout(30)
                        if how == "reset":
                            sock.send(b"\x16\x03\x01")
                            sock.setsockopt(
                                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
                            )
                            continue
                        if how == "eof":
                            sock.shutdown(socket.SHUT_WR)
                        elif how == "half":
                            sock.send(b"\x16\x03\x01\x02\x00\x01")
                            sock.shutdown(socket.SHUT_WR)
                        elif how == "http":
                            sock.send(b"GET / HTTP/1.0\r\n\r\n" * 100)
                        else:
                            sock.send(bytes(range(256)) * 1000)
                        await in_background(lost, sock)
                await until(lambda: len(factory.made) == 5)
                await until(lambda: open_sockets() <= before + 1)  # the listener
                assert told == []
        assert [each.events for each in factory.made] == [[]] * 5

    run(main())


@pytest.mark.parametrize("how", ["reset", "eof", "http"])
def test_server_that_does_not_shake_hands(run, how):
    async def main():
        before = open_sockets()
        with socket.create_server(("127.0.0.1", 0)) as listener:

            def answer():
                sock = listener.accept()[0]
                with sock:
                    sock.recv(1 << 16)
                    if how == "http":
                        sock.send(b"HTTP/1.0 400 Bad Request\r\n\r\n")
                    elif how == "reset":
                        linger = struct.pack("ii", 1, 0)
                        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

            answered = in_background(answer)
            error = ssl.SSLError if how == "http" else ConnectionResetError
            with pytest.raises(error):
                await connect(Recorder, listener.getsockname())
            await answered
        await until(lambda: open_sockets() <= before)

    run(main())


def test_cancelled(run):
    """Nothing is left of connections that nobody waits for any more: not even for the collector."""

    async def main():
        before = open_sockets()
        with socket.create_server(("127.0.0.1", 0), backlog=100) as listener:
            for delay in (0, 0, 0.001, 0.01, 0.02):
                task = asyncio.ensure_future(connect(Recorder, listener.getsockname()))
                await asyncio.sleep(delay)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
            # asyncio's goes on with a connection that was cancelled before its handshake began.
            while True:
                with contextlib.suppress(BlockingIOError):
                    listener.setblocking(False)
                    while True:
                        listener.accept()[0].close()
                if open_sockets() <= before + 1:
                    break
                await asyncio.sleep(0.001)

    gc.collect()
    run(main())


def test_closed_during_the_handshake(run):
    """By the server, which has had enough: all connections are dropped."""

    async def main():
        loop = asyncio.get_running_loop()
        before = open_sockets()
        server = await loop.create_server(Recorder, "127.0.0.1", 0, ssl=server_context())
        with socket.create_connection(server.sockets[0].getsockname()) as sock:
            sock.settimeout(30)
            await asyncio.sleep(0.01)
            server.close()
            if hasattr(server, "abort_clients"):
                server.abort_clients()
            else:
                sock.shutdown(socket.SHUT_WR)
            assert await in_background(lost, sock) in (b"", "reset")
        await until(lambda: open_sockets() <= before)

    run(main())
