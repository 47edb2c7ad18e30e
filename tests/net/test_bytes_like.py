"""Everything that exports its memory can be written, and is kept in place until it is."""

from __future__ import annotations

import array
import contextlib
import ctypes
import gc
import mmap
import weakref
from typing import Any

import pytest

from uvnet.errors import ERR_INVALID_ARG_TYPE, ERR_STREAM_NULL_VALUES

from .ends import KINDS, InThread, end, fill, pair, receive, receive_to_end, until

DATA = bytes(range(256)) * 4


class Bytes(bytes):
    pass


class ByteArray(bytearray):
    pass


def mapped() -> mmap.mmap:
    memory = mmap.mmap(-1, len(DATA))
    memory[:] = DATA
    return memory


MAKERS: dict[str, Any] = {
    "bytes": lambda: DATA,
    "a subclass of bytes": lambda: Bytes(DATA),
    "bytearray": lambda: bytearray(DATA),
    "a subclass of bytearray": lambda: ByteArray(DATA),
    "memoryview": lambda: memoryview(DATA),
    "a slice": lambda: memoryview(b"xx" + DATA + b"yy")[2:-2],
    "a view with steps": lambda: memoryview(
        bytes(b for two in zip(DATA, DATA, strict=True) for b in two)
    )[::2],
    "array of bytes": lambda: array.array("B", DATA),
    "array of ints": lambda: array.array("I", DATA),
    "array of doubles": lambda: array.array("d", DATA),
    "a view of two dimensions": lambda: memoryview(DATA).cast("B", (32, 32)),
    "a view of ints": lambda: memoryview(DATA).cast("I"),
    "ctypes": lambda: (ctypes.c_char * len(DATA)).from_buffer_copy(DATA),
    "ctypes ints": lambda: (ctypes.c_uint32 * (len(DATA) // 4)).from_buffer_copy(DATA),
    "mmap": mapped,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", MAKERS)
def test_written_at_once(name: str, kind: str) -> None:
    ours, peer = pair(kind)
    chunk = MAKERS[name]()
    assert ours.write(chunk) is True
    assert ours.bytes_written == len(DATA)
    ours.cork()
    ours.write(chunk)
    ours.write(chunk)
    ours.uncork()
    assert receive(peer, 3 * len(DATA)) == DATA * 3
    assert ours.write(chunk, size=100)
    assert receive(peer, 100) == DATA[:100]
    end(ours, peer)


@pytest.mark.parametrize("name", MAKERS)
def test_written_where_it_waits(name: str) -> None:
    """Nobody but the socket refers to it."""
    ours, peer = pair()
    size = fill(ours)
    for _ in range(3):
        ours.write(MAKERS[name]())
    gc.collect()
    ours.end(MAKERS[name]())
    thread = InThread(receive_to_end, peer)
    until(lambda: ours.writable_finished)
    got = thread.result()
    assert len(got) == size + 4 * len(DATA)
    assert got[size:] == DATA * 4
    end(ours, peer)


def test_what_waits_is_exported_until_it_is_written() -> None:
    ours, peer = pair()
    size = fill(ours)
    chunk = bytearray(100_000)
    first = bytearray(8_000_000)
    ours.end(chunk)
    del first
    thread = InThread(receive_to_end, peer)
    until(lambda: ours.writable_finished)
    assert len(thread.result()) == size + 100_000
    chunk.clear()  # free again
    end(ours, peer)


def test_the_kernel_takes_a_part_of_a_bytearray() -> None:
    ours, peer = pair()
    chunk = bytearray(b"x") * 20_000_000
    assert ours.write(chunk) is False
    with pytest.raises(BufferError):
        chunk.extend(b"y")
    with pytest.raises(BufferError):
        chunk.clear()
    thread = InThread(receive, peer, len(chunk))
    until(lambda: ours.writable_length == 0)
    assert thread.result() == chunk
    chunk.clear()
    end(ours, peer)


def test_what_waits_is_freed_when_the_socket_is_destroyed() -> None:
    ours, peer = pair()
    chunks = [bytearray(30_000_000), bytearray(1000), bytearray(10)]
    for chunk in chunks:
        ours.write(chunk)
    end(ours, peer)
    for chunk in chunks:
        chunk.extend(b"free")


def test_a_chunk_is_let_go_when_it_is_written() -> None:
    ours, peer = pair()
    chunk = ByteArray(b"hello")
    gone = weakref.ref(chunk)
    ours.write(chunk)
    del chunk
    gc.collect()
    assert gone() is None
    end(ours, peer)


def test_a_released_view() -> None:
    ours, peer = pair()
    view = memoryview(bytearray(10))
    view.release()
    with pytest.raises((ValueError, ERR_INVALID_ARG_TYPE)):
        ours.write(view)
    assert ours.write(b"x")
    assert receive(peer, 1) == b"x"
    end(ours, peer)


def test_a_view_that_is_released_while_it_waits() -> None:
    ours, peer = pair()
    size = fill(ours)
    memory = bytearray(b"z" * 1000)
    view = memoryview(memory)
    ours.write(view)
    with contextlib.suppress(BufferError):  # it is exported: as good
        view.release()
    raised: list[BaseException] = []
    ours.on("error", raised.append)
    ours.end()
    thread = InThread(receive_to_end, peer)
    while not (ours.writable_finished or ours.destroyed):
        try:
            until(lambda: ours.writable_finished or ours.destroyed)
        except ValueError as exc:
            raised.append(exc)
            ours.destroy()
    got = thread.result()
    end(ours, peer)
    assert got[size:] == b"z" * 1000 or raised


def test_a_bytearray_that_shrinks_while_it_waits_behind_others() -> None:
    """It must not change until it is written; memory that is gone is not read even so."""
    ours, peer = pair()
    size = fill(ours)
    chunk = bytearray(b"q" * 1_000_000)
    ours.write(chunk)
    with contextlib.suppress(BufferError):
        chunk.clear()
    ours.end()
    thread = InThread(receive_to_end, peer)
    until(lambda: ours.writable_finished or ours.destroyed)
    got = thread.result()
    assert len(got) in (size, size + 1_000_000)
    assert not got[size:].strip(b"q")
    end(ours, peer)


@pytest.mark.parametrize("value", [1, "text", object(), [1]])
def test_a_size_goes_with_bytes_alone(value: Any) -> None:
    ours, peer = pair()
    with pytest.raises(ERR_INVALID_ARG_TYPE):
        ours.write(value, size=1)
    with pytest.raises(ERR_STREAM_NULL_VALUES):
        ours.write(None, size=1)
    end(ours, peer)
