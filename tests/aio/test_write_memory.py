"""Writing what may change at once: the other end gets what it was when write() was called."""

from __future__ import annotations

import asyncio

import pytest

from .streams import Recorder, connect_pair, read_exactly

LARGE = 2 << 20  # bytes, more than the kernel holds between the ends of connect_pair()

KINDS = {
    "bytearray": lambda memory: memory,
    "view": memoryview,
    "part": lambda memory: memoryview(memory)[:-1],
    "every other": lambda memory: memoryview(memory)[::2],
}


@pytest.fixture
def loop_name():
    """Not asyncio's own: from Python 3.12 on it keeps the memory itself."""
    return "uvnet"


@pytest.fixture(params=KINDS)
def view_of(request):
    return KINDS[request.param]


def content(size):
    return bytes(range(256)) * (size // 256)


@pytest.mark.parametrize("size", [256, 1024, 60_416, 131_072])
def test_in_a_read_callback(run, view_of, size):
    class Protocol(Recorder):
        def data_received(self, data):
            memory = bytearray(content(size))
            view = view_of(memory)
            self.transport.write(view)
            memory[:] = bytes(size)
            self.transport.write(view)
            memory[:] = b"\1" * size
            if view is memory:
                memory.clear()  # nobody exports it

    async def main():
        protocol = Protocol()
        transport, peer = await connect_pair(protocol)
        with peer:
            peer.send(b"go")
            expected = bytes(view_of(content(size))) + bytes(view_of(bytes(size)))
            assert await read_exactly(peer, len(expected)) == expected
            for _ in range(3):  # the memory that was copied to is used again
                peer.send(b"go")
                assert await read_exactly(peer, len(expected)) == expected
            transport.close()
            await protocol.lost

    run(main())


def test_that_the_kernel_refuses(run, view_of):
    async def main():
        protocol = Recorder()
        transport, peer = await connect_pair(protocol)
        with peer:
            memory = bytearray(content(LARGE))
            transport.write(b"first")
            transport.write(view_of(memory))
            memory[:] = bytes(LARGE)
            assert transport.get_write_buffer_size() > 0
            small = bytearray(content(1024))
            transport.write(view_of(small))
            small[:] = bytes(1024)
            expected = b"first" + bytes(view_of(content(LARGE))) + bytes(view_of(content(1024)))
            assert await read_exactly(peer, len(expected)) == expected
            transport.close()
            await protocol.lost

    run(main())


def test_several(run, view_of):
    async def main():
        protocol = Recorder()
        transport, peer = await connect_pair(protocol)
        with peer:
            parts = [bytearray(content(LARGE // 4)) for _ in range(4)]
            transport.writelines([b"first", *map(view_of, parts), b"last"])
            for part in parts:
                part[:] = bytes(len(part))
            expected = b"first" + 4 * bytes(view_of(content(LARGE // 4))) + b"last"
            assert await read_exactly(peer, len(expected)) == expected
            transport.close()
            await protocol.lost

    run(main())


def test_outside_a_callback(any_loop):
    """While the loop does not run."""
    protocol = None

    async def connect():
        nonlocal protocol
        protocol = Recorder()
        return await connect_pair(protocol)

    transport, peer = any_loop.run_until_complete(connect())
    with peer:
        memory = bytearray(content(1024))
        transport.write(memory)
        memory.clear()
        transport.close()
        any_loop.run_until_complete(protocol.lost)
        assert peer.recv(4096) == content(1024)


def test_nothing(run):
    async def main():
        protocol = Recorder()
        transport, peer = await connect_pair(protocol)
        with peer:
            for empty in (b"", bytearray(), memoryview(b""), memoryview(bytearray())):
                transport.write(empty)
            transport.write(b"end")
            assert await read_exactly(peer, 3) == b"end"
            transport.close()
            await protocol.lost

    run(main())


@pytest.mark.parametrize("wrong", ["text", None, 7, [b"list"]], ids=repr)
def test_wrong_type(run, wrong):
    async def main():
        protocol = Recorder()
        transport, peer = await connect_pair(protocol)
        with peer, pytest.raises(TypeError):
            transport.write(wrong)
        transport.close()
        await protocol.lost

    run(main())


def test_released_view(run):
    async def main():
        protocol = Recorder()
        transport, peer = await connect_pair(protocol)
        view = memoryview(bytearray(b"gone"))
        view.release()
        with peer, pytest.raises(ValueError, match="released"):
            transport.write(view)
        transport.close()
        await asyncio.wait_for(protocol.lost, 30)

    run(main())
