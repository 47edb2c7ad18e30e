"""read_exactly(): so many bytes, or nothing at all is taken."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Callable
from typing import Any

import pytest

import uvnet
from uvnet import net
from uvnet.errors import (
    ERR_INVALID_ARG_TYPE,
    ERR_INVALID_STATE,
    ERR_OUT_OF_RANGE,
    ERR_STREAM_PREMATURE_CLOSE,
)
from uvnet.stream import Duplex, PassThrough, Readable

from .feeding import KINDS, feeding, source


async def started(awaitable: Any) -> asyncio.Task[Any]:
    """Return a task that has come to where it waits."""
    task = asyncio.ensure_future(awaitable)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not task.done()
    return task


@pytest.mark.parametrize("kind", KINDS)
def test_much_more_than_the_high_water_mark(kind: str) -> None:
    async def main() -> None:
        size = 10_000_000
        chunks = [bytes([i % 256]) * 50_000 for i in range(size // 50_000)]
        async with feeding(kind, chunks, high_water_mark=1000) as stream:
            assert await stream.read_exactly(size - 7) == b"".join(chunks)[:-7]
            assert stream.readable_high_water_mark == 1000
            assert len(await stream.read_exactly(7)) == 7
            with pytest.raises(asyncio.IncompleteReadError) as caught:
                await stream.read_exactly(1)
            assert (caught.value.partial, caught.value.expected) == (b"", 1)

    uvnet.run(main())


@pytest.mark.parametrize("kind", KINDS)
def test_the_end_comes_too_early(kind: str) -> None:
    async def main() -> None:
        async with feeding(kind, [b"one", b"two"]) as stream:
            ended = asyncio.Event()
            stream.on("end", ended.set)
            with pytest.raises(asyncio.IncompleteReadError) as caught:
                await stream.read_exactly(7)
            assert (caught.value.partial, caught.value.expected) == (b"onetwo", 7)
            await ended.wait()
            with pytest.raises(asyncio.IncompleteReadError):
                await stream.read_exactly(1)

    uvnet.run(main())


@pytest.mark.parametrize("kind", KINDS)
def test_all_that_there_is_ends_the_stream(kind: str) -> None:
    async def main() -> None:
        async with feeding(kind, [b"one", b"two"]) as stream:
            ended = asyncio.Event()
            stream.on("end", ended.set)
            assert await stream.read_exactly(6) == b"onetwo"
            await ended.wait()

    uvnet.run(main())


@pytest.mark.parametrize(
    ("n", "error"),
    [
        (-1, ERR_OUT_OF_RANGE),
        (1 << 63, ERR_OUT_OF_RANGE),
        (1.0, ERR_INVALID_ARG_TYPE),
        (None, ERR_INVALID_ARG_TYPE),
        (True, ERR_INVALID_ARG_TYPE),
        (b"1", ERR_INVALID_ARG_TYPE),
    ],
)
def test_wrong_numbers_are_told_at_once(n: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        Readable().read_exactly(n)


# ---------------------------------------------------------------------- nothing is lost


READINGS: dict[str, Callable[[Readable], Any]] = {
    "exactly": lambda stream: stream.read_exactly(9),
    "until": lambda stream: stream.read_until(b"ng"),
}


@pytest.mark.parametrize("how", READINGS)
def test_cancelled(how: str) -> None:
    async def main() -> None:
        stream = source()
        stream.push(b"some")
        task = await started(READINGS[how](stream))
        stream.push(b"thi")
        task.cancel()
        stream.push(b"ng")  # complete, but it is cancelled
        with pytest.raises(asyncio.CancelledError):
            await task
        assert stream.readable_length == 9
        assert await READINGS[how](stream) == b"something"

    uvnet.run(main())


def test_cancelled_between_data_and_its_step() -> None:
    async def main() -> None:
        stream = source()
        task = await started(stream.read_until())
        stream.push(b"line\n")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await stream.read_until() == b"line\n"

    uvnet.run(main())


@pytest.mark.parametrize("how", READINGS)
def test_a_timeout_on_a_socket(how: str) -> None:
    async def main() -> None:
        go_on = asyncio.Event()

        async def serve(peer: net.Socket) -> None:
            peer.write(b"some")
            await go_on.wait()
            peer.end(b"thing")

        async with net.create_server(serve) as server:
            await server.listen(0, "127.0.0.1")
            async with await net.connect(server.address().port) as socket:
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.02):
                        await READINGS[how](socket)
                go_on.set()
                assert await READINGS[how](socket) == b"something"
                with pytest.raises(asyncio.IncompleteReadError):
                    await socket.read_exactly(1)

    uvnet.run(main())


def test_wait_for_and_gather() -> None:
    async def main() -> None:
        first, second = source(), source()
        both = asyncio.gather(first.read_exactly(2), second.read_until())
        await asyncio.sleep(0)
        first.push(b"12")
        second.push(b"3\n")
        assert await both == [b"12", b"3\n"]
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(first.read_exactly(1), 0.001)
        first.push(b"x")
        assert await asyncio.wait_for(first.read_exactly(1), 10) == b"x"
        task = asyncio.create_task(first.read_exactly(1))
        await asyncio.sleep(0)
        first.push(b"y")
        assert await task == b"y"

    uvnet.run(main())


# ---------------------------------------------------------------------- who reads


def test_two_at_once() -> None:
    async def main() -> None:
        stream = source()
        task = await started(stream.read_exactly(2))
        for other in (stream.read_exactly(1), stream.read_until(), anext(aiter(stream))):
            with pytest.raises(ERR_INVALID_STATE, match="already waiting"):
                await other
        assert not stream.destroyed
        stream.push(b"12")
        assert await task == b"12"

    uvnet.run(main())


def test_beside_an_iteration_that_waits() -> None:
    async def main() -> None:
        stream = source()
        iterator = stream.iterator(destroy_on_return=False)

        async def one() -> Any:
            return await anext(iterator)

        task = await started(one())
        with pytest.raises(ERR_INVALID_STATE, match="already waiting"):
            await stream.read_exactly(1)
        stream.push(b"x")
        assert await task == b"x"

    uvnet.run(main())


@pytest.mark.parametrize("kind", KINDS)
def test_within_an_iteration(kind: str) -> None:
    """A chunk is a header here; what follows it is read by number."""

    async def main() -> list[bytes]:
        got = []
        async with feeding(kind, [b"3", b"abc", b"2", b"de"]) as stream:
            async for chunk in stream:
                if len(chunk) > 1:  # sent in one piece with what follows
                    stream.unshift(chunk[1:])
                got.append(await stream.read_exactly(int(chunk[:1])))
        return got

    assert uvnet.run(main()) == [b"abc", b"de"]


def test_one_cannot_be_awaited_twice() -> None:
    async def main() -> None:
        stream = source()
        stream.push(b"12")
        reading = stream.read_exactly(1)
        assert await reading == b"1"
        with pytest.raises(RuntimeError, match="only once"):
            await reading
        waiting = stream.read_exactly(2)
        task = await started(waiting)
        with pytest.raises(RuntimeError, match="only once"):
            await waiting
        stream.push(b"3")
        assert await task == b"23"
        given_up: Any = stream.read_exactly(1)
        given_up.close()
        with pytest.raises(RuntimeError, match="only once"):
            await given_up

    uvnet.run(main())


FLOWS: dict[str, Callable[[Readable], object]] = {
    "data": lambda stream: stream.on("data", lambda chunk: None),
    "resume": lambda stream: stream.resume(),
    "pipe": lambda stream: stream.pipe(PassThrough()),
}


@pytest.mark.parametrize("how", FLOWS)
@pytest.mark.parametrize("kind", ["later", "tcp"])
def test_a_stream_that_flows(how: str, kind: str) -> None:
    async def main() -> None:
        async with feeding(kind, [b"x"]) as stream:
            FLOWS[how](stream)
            with pytest.raises(ERR_INVALID_STATE, match="flows"):
                await stream.read_exactly(1)

    uvnet.run(main())


@pytest.mark.parametrize("how", FLOWS)
def test_a_stream_that_begins_to_flow(how: str) -> None:
    async def main() -> None:
        stream = source()
        stream.push(b"1")
        task = await started(stream.read_exactly(10))
        seen: list[bytes] = []
        stream.on("data", seen.append) if how == "data" else FLOWS[how](stream)
        with pytest.raises(ERR_INVALID_STATE, match="flows"):
            await task
        assert seen == ([b"1"] if how == "data" else [])
        stream.pause()
        stream.push(b"2345")
        assert await stream.read_exactly(4) == b"2345"

    uvnet.run(main())


def test_paused_again_before_anything_flowed() -> None:
    async def main() -> None:
        stream = source()
        task = await started(stream.read_exactly(3))
        stream.resume()
        stream.pause()
        stream.push(b"1")
        await asyncio.sleep(0.001)
        stream.push(b"23")
        assert await task == b"123"

    uvnet.run(main())


def test_others_take_and_give_back_meanwhile() -> None:
    async def main() -> None:
        stream = source()
        stream.push(b"ab-")
        task = await started(stream.read_until(b"-+"))
        assert stream.read(2) == b"ab"
        stream.push(b"x")
        stream.unshift(b".-")
        await asyncio.sleep(0)
        assert not task.done()
        stream.push(b"-")
        stream.push(b"+.")
        assert await task == b".--x-+"
        assert stream.read() == b"."

    uvnet.run(main())


def test_a_pipe_gets_what_is_left() -> None:
    async def main() -> None:
        async with feeding("tcp", [b"header\n", b"body" * 1000]) as stream:
            assert await stream.read_until() == b"header\n"
            target = PassThrough()
            stream.pipe(target)
            assert b"".join([chunk async for chunk in target]) == b"body" * 1000

    uvnet.run(main())


def test_set_encoding_meanwhile() -> None:
    async def main() -> None:
        stream = source()
        stream.push(b"ab")
        task = await started(stream.read_until())
        stream.set_encoding("utf8")
        with pytest.raises(ERR_INVALID_STATE, match="encoding"):
            await task
        assert await stream.read_exactly(2) == "ab"

    uvnet.run(main())


def test_a_data_listener_of_a_paused_stream_hears_of_it() -> None:
    """As of what read() takes."""

    async def main() -> None:
        seen: list[bytes] = []
        stream = source()
        stream.pause()
        stream.on("data", seen.append)
        stream.push(b"1234")
        assert await stream.read_exactly(3) == b"123"
        assert seen == [b"123"]

    uvnet.run(main())


def test_the_other_side_of_a_duplex() -> None:
    async def main() -> None:
        written: list[bytes] = []

        class Both(Duplex):
            def _read(self, size: int) -> None:
                pass

            def _write(self, chunk: Any, encoding: str, callback: Any) -> None:
                written.append(chunk)
                callback()

        both = Both()
        task = await started(both.read_exactly(2))
        both.write(b"1")
        both.end(b"2")
        await asyncio.sleep(0)
        assert written == [b"1", b"2"] and not task.done()
        both.push(b"ab")
        assert await task == b"ab"
        both.destroy()

    uvnet.run(main())


# ---------------------------------------------------------------------- errors


@pytest.mark.parametrize("error", [None, ValueError("mine")])
@pytest.mark.parametrize("kind", ["later", "pass_through", "tcp"])
def test_destroyed(kind: str, error: Exception | None) -> None:
    """The error is the read's, whether it waits or comes later, and needs no 'error' listener."""

    async def main() -> None:
        expected: Any = ValueError if error else ERR_STREAM_PREMATURE_CLOSE
        stream = source() if kind == "later" else PassThrough()
        if kind == "tcp":
            async with feeding(kind, [b"x"] * 10, allow_half_open=True) as socket:
                await socket.read_exactly(1)
                socket.destroy(error)
                with pytest.raises(expected):
                    await socket.read_exactly(1)
            return
        stream.push(b"x")
        task = await started(stream.read_exactly(2))
        stream.destroy(error)
        for reading in (task, stream.read_exactly(1), stream.read_until()):
            with pytest.raises(expected):
                await reading

    uvnet.run(main())


def test_an_error_between_two_reads() -> None:
    async def main() -> None:
        stream = source()
        stream.push(b"1")
        await stream.read_exactly(1)
        stream.destroy(ValueError("mine"))
        await asyncio.sleep(0.001)
        with pytest.raises(ValueError, match="mine"):
            await stream.read_exactly(1)

    uvnet.run(main())


def test_an_error_after_resume_is_an_event_again(
    asyncio_log: Callable[[], list[Any]],
) -> None:
    async def main() -> None:
        stream = source()
        stream.push(b"1")
        await stream.read_exactly(1)
        stream.resume()
        stream.destroy(ValueError("mine"))
        await asyncio.sleep(0.001)

    uvnet.run(main())
    assert len(asyncio_log()) == 1


def test_a_stream_that_does_not_destroy_itself() -> None:
    async def main() -> None:
        stream = source(auto_destroy=False)
        task = await started(stream.read_exactly(1))
        stream.push(1)  # type: ignore[arg-type]
        with pytest.raises(ERR_INVALID_ARG_TYPE):
            await task

    uvnet.run(main())


def test_read_that_raises() -> None:
    async def main() -> None:
        def read(stream: Readable, size: int) -> None:
            raise ValueError("mine")

        with pytest.raises(ValueError, match="mine"):
            await Readable(read=read).read_exactly(1)

    uvnet.run(main())


def test_a_stream_that_is_not_constructed_yet() -> None:
    async def main() -> None:
        ready: list[Any] = []
        stream = Readable(
            construct=lambda stream, callback: ready.append(callback),
            read=lambda stream, size: (stream.push(b"abc"), stream.push(None)),
        )
        task = await started(stream.read_exactly(2))
        ready[0]()
        assert await task == b"ab"

    uvnet.run(main())


def test_a_wait_that_nobody_can_end_is_garbage() -> None:
    async def main() -> None:
        stream = source()
        reading: Any = stream.read_exactly(1)
        reading.send(None)
        gone = weakref.ref(stream)
        del stream, reading
        gc.collect()
        assert gone() is None

    uvnet.run(main())
