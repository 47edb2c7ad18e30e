"""read_until(): everything up to a separator, with it."""

from __future__ import annotations

import asyncio
import copy
import pickle
import random
from typing import Any

import pytest

import uvnet
from uvnet import _core, net
from uvnet.errors import (
    ERR_INVALID_ARG_TYPE,
    ERR_INVALID_ARG_VALUE,
    ERR_INVALID_STATE,
    ERR_OUT_OF_RANGE,
)
from uvnet.stream import PassThrough, Readable

from .feeding import KINDS, cut, feeding, source

SEPARATORS: list[Any] = [b"\n", b"\r\n", b"aab", (b"\n", b"ab"), (b"b\n", b"\n"), (b"aaaa", b"ba")]


def model(data: bytes, separators: Any) -> tuple[bytes, bytes]:
    """Return data up to the separator that ends first, and the rest; data and b'' without one."""
    ends = [
        data.find(each) + len(each)
        for each in (separators if isinstance(separators, tuple) else (separators,))
        if each in data
    ]
    return (data[: min(ends)], data[min(ends) :]) if ends else (b"", data)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(6))
def test_whatever_the_chunks_are(kind: str, seed: int) -> None:
    async def main() -> None:
        rng = random.Random(f"{kind} {seed}")
        data = bytes(rng.choices(b"aab\r\n", k=rng.choice([50, 3000])))
        chunks = cut(data, rng, rng.choice([1, 4, 1000]))
        mark = rng.choice([1, 16, 65536])
        async with feeding(kind, chunks, high_water_mark=mark) as stream:
            while True:
                if rng.random() < 0.3:
                    n = rng.randint(0, 9)
                    wanted, rest = (data[:n], data[n:]) if n <= len(data) else (b"", data)
                    reading, ended = stream.read_exactly(n), n > len(data)
                else:
                    separator = rng.choice(SEPARATORS)
                    wanted, rest = model(data, separator)
                    reading, ended = stream.read_until(separator), not wanted
                if ended:
                    with pytest.raises(asyncio.IncompleteReadError) as caught:
                        await reading
                    assert caught.value.partial == data
                    break
                got = await reading
                assert got == wanted
                data = rest
                if data and len(got) and rng.random() < 0.2:
                    back = rng.randint(1, len(got))
                    stream.unshift(got[-back:])
                    data = got[-back:] + data
            assert stream.readable_high_water_mark == mark

    uvnet.run(main())


@pytest.mark.parametrize("kind", ["later", "tcp"])
def test_characters(kind: str) -> None:
    async def main() -> None:
        chunks = [bytes([byte]) for byte in "naïve €¶次の¶\nend".encode()]
        async with feeding(kind, chunks) as stream:
            stream.set_encoding("utf8")
            assert await stream.read_until("¶") == "naïve €¶"
            assert await stream.read_until() == "次の¶\n"
            assert await stream.read_exactly(2) == "en"
            with pytest.raises(ERR_INVALID_ARG_TYPE):
                stream.read_until(b"d")
            with pytest.raises(asyncio.IncompleteReadError) as caught:
                await stream.read_until()
            assert caught.value.partial == "d"

    uvnet.run(main())


def test_what_is_there_needs_no_turn() -> None:
    async def main() -> None:
        stream = PassThrough()
        stream.write(b"1\n2\n3\n")
        turns: list[int] = []
        asyncio.get_running_loop().call_soon(turns.append, 1)
        assert [await stream.read_until() for _ in range(3)] == [b"1\n", b"2\n", b"3\n"]
        assert await stream.read_exactly(0) == b""
        assert turns == []

    uvnet.run(main())


def test_the_one_that_ends_first_counts() -> None:
    async def main() -> None:
        for chunks in ([b"xaaby"], [b"xa", b"ab", b"y"], [b"x", b"a", b"a", b"b", b"y"]):
            stream = source()
            for chunk in chunks:
                stream.push(chunk)
            assert await stream.read_until((b"aaby", b"ab", b"aab")) == b"xaab"

    uvnet.run(main())


# ---------------------------------------------------------------------- limits


@pytest.mark.parametrize("chunks", [[b"x" * 10 + b"\n."], [b"x"] * 10 + [b"\n", b"."]])
def test_the_limit(chunks: list[bytes]) -> None:
    async def main() -> None:
        stream = source()
        for chunk in chunks:
            stream.push(chunk)
        with pytest.raises(asyncio.LimitOverrunError) as caught:
            await stream.read_until(limit=9)
        assert caught.value.consumed == 10
        assert stream.readable_length == 12
        assert await stream.read_until(limit=10) == b"x" * 10 + b"\n"
        assert await stream.read_exactly(1) == b"."

    uvnet.run(main())


@pytest.mark.parametrize("separator", [b"\n", b"\r\n", (b"\n", b"123")])
@pytest.mark.parametrize("kind", KINDS)
def test_no_separator_within_the_limit(kind: str, separator: Any) -> None:
    async def main() -> None:
        longest = max(map(len, separator)) if isinstance(separator, tuple) else len(separator)
        async with feeding(kind, [b"x" * 1000] * 300, high_water_mark=50_000) as stream:
            with pytest.raises(asyncio.LimitOverrunError) as caught:
                await stream.read_until(separator)
            consumed = caught.value.consumed
            assert 65536 < consumed <= stream.readable_length + 1 - longest
            assert stream.readable_high_water_mark == 50_000
            left = 300_000 - consumed
            assert await stream.read_exactly(consumed) == b"x" * consumed
            with pytest.raises(asyncio.IncompleteReadError) as incomplete:
                await stream.read_until(separator, limit=10**30)
            assert len(incomplete.value.partial) == left
            assert incomplete.value.expected is None

    uvnet.run(main())


def test_asyncio_answers_the_same() -> None:
    """Its own StreamReader is the judge: what is read, what is raised, what is left."""

    async def outcome(reading: Any) -> Any:
        try:
            return await reading
        except asyncio.IncompleteReadError as error:
            return "incomplete", error.partial, error.expected
        except asyncio.LimitOverrunError as error:
            return "overrun", error.consumed

    async def main() -> None:
        rng = random.Random(4)
        for _ in range(300):
            limit = rng.randint(1, 12)
            reader = asyncio.StreamReader(limit=limit)
            stream = source()
            data = bytes(rng.choices(b"aab\n", k=rng.randint(0, 60)))
            reader.feed_data(data)
            reader.feed_eof()
            for chunk in cut(data, rng, 5):
                stream.push(chunk)
            stream.push(None)
            for _ in range(12):
                if rng.random() < 0.5:
                    separator = rng.choice([b"\n", b"ab", b"aa"])
                    ours: Any = stream.read_until(separator, limit=limit)
                    theirs: Any = reader.readuntil(separator)
                else:
                    n = rng.randint(0, 12)
                    ours, theirs = stream.read_exactly(n), reader.readexactly(n)
                expected = await outcome(theirs)
                assert await outcome(ours) == expected
                if reader.at_eof():
                    break

    uvnet.run(main())


# ---------------------------------------------------------------------- arguments


@pytest.mark.parametrize(
    ("separator", "error"),
    [
        (b"", ERR_INVALID_ARG_VALUE),
        ((), ERR_INVALID_ARG_VALUE),
        ((b"a", b""), ERR_INVALID_ARG_VALUE),
        ("\n", ERR_INVALID_ARG_TYPE),
        (None, ERR_INVALID_ARG_TYPE),
        (1, ERR_INVALID_ARG_TYPE),
        ([b"\n"], ERR_INVALID_ARG_TYPE),
    ],
)
def test_wrong_separators_are_told_at_once(separator: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        Readable().read_until(separator)


@pytest.mark.parametrize(
    ("limit", "error"),
    [(0, ERR_OUT_OF_RANGE), (-1, ERR_OUT_OF_RANGE), (1.5, ERR_INVALID_ARG_TYPE), (True, TypeError)],
)
def test_wrong_limits_are_told_at_once(limit: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        Readable().read_until(limit=limit)


def test_bytes_like_separators() -> None:
    async def main() -> None:
        stream = PassThrough()
        stream.write(b"a-b-c-")
        assert await stream.read_until(bytearray(b"-")) == b"a-"
        assert await stream.read_until((memoryview(b"-"), b"+")) == b"b-"

    uvnet.run(main())


def test_object_mode_is_told_at_once() -> None:
    with pytest.raises(ERR_INVALID_STATE):
        Readable(object_mode=True).read_until()
    with pytest.raises(ERR_INVALID_STATE):
        Readable(object_mode=True).read_exactly(1)


# ---------------------------------------------------------------------- effort


@pytest.mark.parametrize("separator", [b"\n", b"\r\n", (b"\n", b"\r\n.")])
def test_a_long_line_in_small_chunks_is_searched_once(separator: Any) -> None:
    async def main() -> None:
        stream = source()
        task = asyncio.ensure_future(stream_line(stream, separator))
        await asyncio.sleep(0)
        for _ in range(50_000):  # searching all of it each time would be 250 GB
            stream.push(b"x" * 200)
        stream.push(b"\r\n")
        assert len(await task) == 50_000 * 200 + 2

    async def stream_line(stream: Readable, separator: Any) -> Any:
        return await stream.read_until(separator, limit=1 << 30)

    uvnet.run(main())


def test_many_lines_of_one_chunk_are_cut_without_copying_the_rest() -> None:
    async def main() -> None:
        stream = PassThrough(high_water_mark=1 << 24)
        stream.write(b"line\n" * 400_000)  # copying the rest for each would be 400 GB
        for _ in range(400_000):
            assert await stream.read_until() == b"line\n"

    uvnet.run(main())


@pytest.mark.parametrize("copier", [copy.copy, copy.deepcopy, pickle.dumps])
def test_a_read_cannot_be_copied(copier: Any) -> None:
    for reading in (PassThrough().read_until(), PassThrough().read_exactly(5)):
        with pytest.raises(TypeError, match="pickle"):
            copier(reading)


def test_a_socket_resumes_the_task_at_once() -> None:
    """Unless the direct way is switched off: each line that arrives alone is fed."""

    async def main() -> None:
        async with net.create_server(lambda peer: peer.pipe(peer), no_delay=True) as server:
            await server.listen(0, "127.0.0.1")
            async with await net.connect(server.address().port) as socket:
                before = _core.current_loop().counters()["fed_reads"]
                for _ in range(10):
                    socket.write(b"line\n")
                    assert await socket.read_until() == b"line\n"
                fed = _core.current_loop().counters()["fed_reads"] - before
                # The first line may come before the socket reads as it does from then on.
                assert fed >= 9 if _core.fast_paths()["feed"] else fed == 0
                socket.end()
                with pytest.raises(asyncio.IncompleteReadError):
                    await socket.read_until()

    uvnet.run(main())
