"""What every readable stream must do for `async for` and `async with`."""

from __future__ import annotations

import asyncio

import pytest

from uvnet.errors import ERR_STREAM_PREMATURE_CLOSE, AbortError

from .contract import Rig, check, until


@check("readable")
async def async_iteration(rig: Rig) -> None:
    for part in (b"one ", b"two"):
        rig.feed(part)
    rig.feed_end()
    data = b"".join([chunk async for chunk in rig.stream])
    assert data == b"one two"
    assert rig.stream.readable_ended
    # What can still be written is left alone, unlike in Node.
    assert rig.stream.destroyed or rig.stream.writable or rig.stream.writable_length


@check("readable")
async def async_iteration_waits(rig: Rig) -> None:
    async def feed() -> None:
        for part in (b"1", b"2", b"3"):
            await rig.quiet()
            rig.feed(part)
        rig.feed_end()

    feeding = asyncio.create_task(feed())
    data = b"".join([chunk async for chunk in rig.stream])
    await feeding
    assert data == b"123"


@check("readable")
async def break_destroys(rig: Rig) -> None:
    rig.feed(b"one")
    rig.feed(b"two")
    async for _ in rig.stream:
        break
    await until(lambda: "close" in rig.record)
    assert rig.stream.destroyed
    assert [type(error) for error in rig.record.errors] == [AbortError]


@check("readable")
async def an_exception_in_the_loop_destroys(rig: Rig) -> None:
    rig.feed(b"one")
    chunks = rig.stream.iterator()
    with pytest.raises(ZeroDivisionError):
        try:
            async for _ in chunks:
                raise ZeroDivisionError
        finally:
            await chunks.aclose()
    await until(lambda: "close" in rig.record)
    assert rig.stream.destroyed


@check("readable")
async def break_may_leave_the_stream(rig: Rig) -> None:
    stream = rig.stream
    rig.feed(b"one")
    async for chunk in stream.iterator(destroy_on_return=False):
        assert chunk == b"one"
        break
    await rig.quiet()
    assert not stream.destroyed
    rig.feed(b"two")
    async for chunk in stream:
        assert chunk == b"two"
        break
    assert stream.destroyed


@check("readable")
async def a_premature_close_is_raised(rig: Rig) -> None:
    stream = rig.stream
    rig.feed(b"one")
    chunks = []
    with pytest.raises(ERR_STREAM_PREMATURE_CLOSE):
        async for chunk in stream:
            chunks.append(chunk)
            asyncio.get_running_loop().call_soon(stream.destroy)
    assert chunks == [b"one"]


@check("readable")
async def an_error_is_raised(rig: Rig) -> None:
    stream = rig.stream
    asyncio.get_running_loop().call_soon(stream.destroy, ValueError("bad"))
    with pytest.raises(ValueError, match="bad"):
        async for _ in stream:
            pass
    await until(lambda: "close" in rig.record)
    with pytest.raises(ValueError, match="bad"):
        async for _ in stream:
            pass


@check("readable")
async def a_cancelled_reader(rig: Rig) -> None:
    """The chunk that comes after the reader was cancelled goes to the next one."""
    stream = rig.stream
    chunks = stream.iterator(destroy_on_return=False)

    async def read() -> bytes:
        return await anext(chunks)

    reading = asyncio.create_task(read())
    await rig.quiet()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    rig.feed(b"next")
    assert await asyncio.wait_for(anext(chunks), 10) == b"next"


@check("readable")
async def async_with(rig: Rig) -> None:
    stream = rig.stream
    async with stream as entered:
        assert entered is stream
    assert stream.destroyed
    assert "close" in rig.record
    assert [type(error) for error in rig.record.errors] == [AbortError]
