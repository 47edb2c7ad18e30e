"""Writes that are held back until the end of the callback, or of its batch."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys

import pytest

from uvnet import _core

from .streams import Recorder, connect_pair, read_exactly

ON = _core.fast_paths()["cork"]


def held(loop):
    return loop.counters()["held_writes"]


def run_ours(main):
    import uvnet

    return uvnet.run(main())


@pytest.mark.skipif(not ON, reason="switched off")
def test_several_writes_leave_as_one():
    """A SOCK_SEQPACKET peer would see each packet; here the kernel is asked what has arrived."""

    async def main():
        loop = asyncio.get_running_loop()
        protocol = Recorder()
        transport, peer = await connect_pair(protocol)
        with peer:
            before = held(loop)
            transport.write(b"one")
            transport.write(b"two")
            with pytest.raises(BlockingIOError):
                peer.recv(100)  # not yet
            assert transport.get_write_buffer_size() == 0
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert peer.recv(100) == b"onetwo"
            assert held(loop) == before + 2
            transport.close()
            await protocol.lost

    run_ours(main)


@pytest.mark.skipif(not ON, reason="switched off")
def test_read_callback_flushes_when_it_is_done():
    """Before anything else is called: what another callback of the batch sees has left."""

    class Echo(Recorder):
        def data_received(self, data):
            self.transport.write(data)
            self.transport.write(b"!")
            self.seen = peek(self.peer)
            asyncio.get_running_loop().call_soon(self.after)
            super().data_received(data)

        def after(self):
            self.seen_after = peek(self.peer)

    async def main():
        protocol = Echo()
        transport, peer = await connect_pair(protocol)
        protocol.peer = peer
        with peer:
            peer.send(b"data")
            await protocol.received(4)
            assert protocol.seen == b""
            assert protocol.seen_after == b"data!"
            transport.close()
            await protocol.lost

    run_ours(main)


def peek(sock):
    try:
        return sock.recv(100, socket.MSG_PEEK)
    except BlockingIOError:
        return b""


def test_large_batch_is_not_held_back(run):
    async def main():
        protocol = Recorder()
        transport, peer = await connect_pair(protocol)
        with peer:
            for _ in range(8):
                transport.write(bytes(8192))
            assert len(peer.recv(100)) == 100
            transport.abort()
            await protocol.lost

    run(main())


@pytest.mark.parametrize("end", ["close", "write_eof"])
def test_end_flushes(run, end):
    async def main():
        protocol = Recorder()
        transport, peer = await connect_pair(protocol)
        with peer:
            transport.write(b"one")
            transport.write(b"two")
            getattr(transport, end)()
            assert peer.recv(100) == b"onetwo"
            transport.close()
            await protocol.lost

    run(main())


def test_outside_a_callback_nothing_is_held_back(any_loop):
    protocol = any_loop.run_until_complete(make_recorder())
    transport, peer = any_loop.run_until_complete(connect_pair(protocol))
    transport.write(b"now")
    assert peer.recv(100) == b"now"
    transport.writelines([b"and", b"then"])
    assert peer.recv(100) == b"andthen"
    transport.close()
    any_loop.run_until_complete(asyncio.wait_for(protocol.lost, 30))
    peer.close()


async def make_recorder():
    return Recorder()


def test_end_of_the_run_flushes(any_loop):
    """What the last callbacks have written does not wait for the next run."""
    protocol = any_loop.run_until_complete(make_recorder())
    transport, peer = any_loop.run_until_complete(connect_pair(protocol))

    async def write():
        transport.write(b"one")
        transport.write(b"two")

    any_loop.run_until_complete(write())
    assert peer.recv(100) in (b"onetwo", b"one")
    transport.close()
    any_loop.run_until_complete(asyncio.wait_for(protocol.lost, 30))
    peer.close()


def test_order(run):
    """Whether held back, queued or at once: the order is that of the calls."""

    async def main():
        protocol = Recorder()
        transport, peer = await connect_pair(protocol, socket.AF_INET)
        expected = b""
        with peer:
            for i in range(200):
                data = bytes([i]) * (1 if i % 3 else 50_000)
                transport.write(bytearray(data) if i % 2 else data)
                expected += data
                if i % 7 == 0:
                    await asyncio.sleep(0)
            assert await read_exactly(peer, len(expected)) == expected
            transport.close()
            await protocol.lost

    run(main())


def test_switched_off():
    """With UVNET_FAST=-cork each write goes to the kernel at once."""
    code = """if True:
        import asyncio, socket, uvnet
        async def main():
            a, b = socket.socketpair()
            a.setblocking(False)
            loop = asyncio.get_running_loop()
            transport, _ = await loop.connect_accepted_socket(asyncio.Protocol, a)
            transport.write(b"now")
            print(b.recv(100), loop.counters()["held_writes"])
            transport.close()
            b.close()
            await asyncio.sleep(0)
        uvnet.run(main())
    """
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "UVNET_FAST": "-cork"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == ("b'now' 0\n", "")
