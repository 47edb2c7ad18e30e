"""Received bytes: exact, for ever, though their memory is used again when nobody kept them."""

from __future__ import annotations

import collections
import gc
import hashlib
import random
import sys

import pytest

from uvnet import _core

from .helpers import PIPE, InThread, Reading

# Around the limits of chunk.h, where small objects end, and of one read.
SIZES = [1, 2, 511, 512, 513, 514, 1024, 1025, 4096, 8191, 16383, 16384, 16385, 32768, 65535, 65536]


@pytest.fixture
def stream(loop, connect):
    """A pipe and a function that sends bytes to it and returns the chunk that they came as."""
    handle, peer = connect(PIPE)
    got = []

    def on_read(nread, data):
        assert len(data) == nread
        got.append(data)
        del data
        loop.stop()

    handle.onread = on_read
    handle.read_start()

    def exchange(data):
        peer.sendall(data)
        received = b""
        while len(received) < len(data):
            loop.run()
            chunk = got.pop()
            received = received + chunk if received else chunk
        return received

    return exchange


@pytest.mark.parametrize("size", SIZES)
def test_sizes_are_exact(stream, size):
    data = random.Random(size).randbytes(size)
    for _ in range(5):
        chunk = stream(data)
        assert type(chunk) is bytes and chunk == data and len(chunk) == size
        assert chunk + b"!" == data + b"!"  # ends where it says


def test_chunks_that_are_kept_never_change(loop, connect):
    """Every size, kept or not, in a random order; each kept one is compared at the end."""
    handle, peer = connect(PIPE)
    random_ = random.Random(8)
    kept = []
    left = 1500

    def on_read(nread, data):
        nonlocal left
        left -= 1
        assert len(data) == nread
        choice = random_.random()
        if choice < 0.3:
            kept.append((data, hashlib.sha256(data).digest()))
        elif choice < 0.4:
            kept.append((memoryview(data)[1:], hashlib.sha256(data[1:]).digest()))
        elif choice < 0.5:
            kept.append((data, hash(data)))
        if random_.random() < 0.1 and kept:
            check(kept.pop(random_.randrange(len(kept))))
        if left > 0:
            send()
        else:
            loop.stop()

    def check(entry):
        data, digest = entry
        if isinstance(digest, bytes):
            assert hashlib.sha256(data).digest() == digest
        else:
            assert hash(bytes(bytearray(data))) == digest == hash(data)

    def send():
        peer.sendall(random_.randbytes(random_.choice(SIZES)))

    handle.onread = on_read
    handle.read_start()
    send()
    loop.run()
    assert left == 0
    for entry in kept:
        check(entry)


def test_recycled_chunks_hash_and_compare_afresh(loop, connect):
    """The memory of the last chunk is used again: its hash must not be."""
    handle, peer = connect(PIPE)
    counts = collections.Counter()
    expected = collections.Counter()
    random_ = random.Random(9)
    before = loop.counters()["chunks_recycled"]

    def on_read(nread, data):
        assert hash(data) == hash(bytes(bytearray(data)))
        seen = data in counts  # hashes it
        digest = hashlib.sha256(data).hexdigest()
        counts[digest] += 1
        assert not seen
        assert {data: 1}[bytes(bytearray(data))] == 1
        if sum(counts.values()) < 300:
            send()
        else:
            loop.stop()

    def send():
        data = random_.choice([b"a", b"b", b"c"]) * random_.choice([600, 700, 800])
        expected[hashlib.sha256(data).hexdigest()] += 1
        peer.sendall(data)

    handle.onread = on_read
    handle.read_start()
    send()
    loop.run()
    assert counts == expected
    if _core.fast_paths()["recycle"]:
        assert loop.counters()["chunks_recycled"] - before > 100


def test_recycling_allocates_nothing(loop, connect):
    if not _core.fast_paths()["recycle"]:
        pytest.skip("switched off")
    handle, peer = connect(PIPE)
    left = 3000
    blocks = []
    message = bytes(1000)

    def on_read(nread, data):
        nonlocal left
        left -= 1
        if left % 1000 == 0:
            blocks.append(sys.getallocatedblocks())
            if left == 0:
                loop.stop()
                return
        peer.send(message)

    handle.onread = on_read
    handle.read_start()
    peer.send(message)
    before = loop.counters()["chunks_recycled"]
    loop.run()
    assert loop.counters()["chunks_recycled"] - before >= 2990
    assert blocks[2] - blocks[1] < 10, blocks


def test_a_kept_chunk_of_a_bulk_read_holds_little_more_than_its_bytes(loop, connect):
    handle, peer = connect(PIPE)
    data = random.Random(10).randbytes(2_000_000)
    reading = Reading(handle, until=len(data))
    sending = InThread(peer.sendall, data)
    loop.run()
    sending.result()
    assert reading.data == data
    assert all(sys.getsizeof(chunk) <= len(chunk) + 100 for chunk in reading.chunks)


@pytest.mark.parametrize("size", [10, 700, 20_000])
@pytest.mark.parametrize(
    "keep",
    [
        lambda data: data,
        lambda data: (data,),
        lambda data: {data: data},
        lambda data: memoryview(data),
        lambda data: iter(data),
        lambda data: data.decode,
        lambda data: [data].append,
    ],
    ids=["itself", "tuple", "dict", "memoryview", "iterator", "method", "list"],
)
def test_every_way_to_keep_a_chunk(loop, connect, size, keep):
    handle, peer = connect(PIPE)
    kept = []

    def on_read(nread, data):
        kept.append(keep(data))
        if len(kept) < 20:
            send()
        else:
            loop.stop()

    def send():
        peer.sendall(bytes([len(kept)]) * size)

    handle.onread = on_read
    handle.read_start()
    send()
    loop.run()
    for i, thing in enumerate(kept):
        found = [each for each in [thing, *gc.get_referents(thing)] if isinstance(each, bytes)]
        while not found:
            [thing] = [each for each in gc.get_referents(thing) if not isinstance(each, type)][:1]
            found = [each for each in [thing, *gc.get_referents(thing)] if isinstance(each, bytes)]
        assert found[0] == bytes([i]) * size


def test_a_chunk_kept_by_an_exception(loop, connect):
    """The frame of a callback that raised keeps its arguments."""
    handle, peer = connect(PIPE)

    def on_read(nread, data):
        raise ValueError

    handle.onread = on_read
    handle.read_start()
    errors = []
    for i in range(5):
        peer.sendall(bytes([i]) * 1000)
        with pytest.raises(ValueError) as caught:  # noqa: PT011
            loop.run()
        errors.append(caught.value)
    for i, error in enumerate(errors):
        frame = error.__traceback__
        while "data" not in frame.tb_frame.f_locals:
            frame = frame.tb_next
        assert frame.tb_frame.f_locals["data"] == bytes([i]) * 1000


def test_chunks_of_several_streams_and_loops(loop, connect):
    pairs = [connect(PIPE) for _ in range(3)]
    other_loop = _core.Loop()
    kept = []

    def on_read(nread, data):
        kept.append((data, bytes(bytearray(data))))
        if len(kept) % 3 == 0:
            kept.pop()

    for handle, _ in pairs:
        handle.onread = on_read
        handle.read_start()
    for i in range(50):
        for n, (_, peer) in enumerate(pairs):
            peer.sendall(bytes([n, i]) * 400)
        loop.stop()
        loop.run()
    assert kept and all(data == copy for data, copy in kept)
    other_loop.close()


def test_without_the_fast_path(python):
    """The same bytes, none of them recycled."""
    code = """
import socket, sys
from uvnet import _core

assert _core.fast_paths()["recycle"] is (sys.argv[1] == "on")
loop = _core.Loop()
here, there = socket.socketpair()
handle = _core.Pipe(loop)
handle.open(here.detach())
total = bytearray()


def on_read(nread, data):
    total.extend(data)
    if len(total) == 100_000:
        handle.close()
    else:
        there.sendall(b"x" * 1000)


handle.onread = on_read
handle.read_start()
there.sendall(b"x" * 1000)
loop.run()
assert total == b"x" * 100_000
assert (loop.counters()["chunks_recycled"] > 0) is (sys.argv[1] == "on")
loop.close()
"""
    python(code, "on", UVNET_FAST="")
    python(code, "off", UVNET_FAST="-recycle")
