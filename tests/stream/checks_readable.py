"""What every readable stream must do: modes, sizes, the end, destroy()."""

from __future__ import annotations

from .contract import Rig, check, until


def collect(rig: Rig) -> bytearray:
    """Let the stream flow, and return what gathers."""
    data = bytearray()
    rig.stream.on("data", data.extend)
    return data


# ------------------------------------------------------------------------- modes


@check("readable")
async def flows_to_data_listeners(rig: Rig) -> None:
    stream = rig.stream
    assert stream.readable_flowing is None
    assert stream.readable
    data = collect(rig)
    assert stream.readable_flowing is True
    for part in (b"one ", b"two ", b"three"):
        rig.feed(part)
    rig.feed_end()
    await until(lambda: "end" in rig.record)
    assert data == b"one two three"
    assert stream.readable_ended
    assert not stream.readable
    assert stream.readable_did_read


@check("readable")
async def nothing_is_lost_before_somebody_listens(rig: Rig) -> None:
    rig.feed(b"early")
    await rig.quiet()
    assert not rig.stream.readable_did_read
    data = collect(rig)
    rig.feed_end()
    await until(lambda: "end" in rig.record)
    assert data == b"early"


@check("readable")
async def readable_listeners_read(rig: Rig) -> None:
    stream = rig.stream
    data = bytearray()

    def on_readable() -> None:
        while (chunk := stream.read()) is not None:
            data.extend(chunk)

    stream.on("readable", on_readable)
    assert stream.readable_flowing is False
    rig.feed(b"one ")
    await rig.quiet()
    rig.feed(b"two")
    rig.feed_end()
    await until(lambda: "end" in rig.record)
    assert data == b"one two"


@check("readable")
async def read_sizes(rig: Rig) -> None:
    """read(n) gives exactly n, or None while there is less; what is left at the end."""
    stream = rig.stream
    stream.on("readable", lambda: None)
    rig.feed(b"abcdef")
    rig.feed(b"ghij")
    await until(lambda: stream.readable_length == 10)
    assert stream.read(0) is None
    assert stream.read(4) == b"abcd"  # within a chunk
    assert stream.read(4) == b"efgh"  # across two
    assert stream.readable_length == 2
    assert stream.read(3) is None
    assert stream.readable_length == 2
    rig.feed(b"kl")
    rig.feed_end()
    await until(lambda: stream.readable_length == 4)
    await rig.quiet()
    assert stream.read(100) == b"ijkl"
    await until(lambda: "end" in rig.record)
    assert stream.read() is None


@check("readable")
async def read_raises_the_high_water_mark(rig: Rig) -> None:
    stream = rig.stream
    stream.read(stream.readable_high_water_mark + 1)
    assert stream.readable_high_water_mark == 131072


@check("readable")
async def unshift_goes_first(rig: Rig) -> None:
    stream = rig.stream
    stream.on("readable", lambda: None)
    rig.feed(b"header:body")
    await until(lambda: stream.readable_length == 11)
    chunk = stream.read()
    head, _, rest = chunk.partition(b":")
    assert head == b"header"
    stream.unshift(rest)
    assert stream.readable_length == 4
    rig.feed(b" and more")
    await until(lambda: stream.readable_length == 13)
    assert stream.read(13) == b"body and more"


@check("readable")
async def unshift_before_the_end(rig: Rig) -> None:
    """What is given back once all was read still comes before 'end'."""
    stream = rig.stream
    stream.on("readable", lambda: None)
    rig.feed(b"x")
    rig.feed_end()
    await until(lambda: stream.readable_length == 1)
    await rig.quiet()
    assert stream.read() == b"x"
    stream.unshift(b"again")
    await rig.quiet()
    assert "end" not in rig.record
    assert stream.read() == b"again"
    assert stream.read() is None
    await until(lambda: "end" in rig.record)


@check("readable")
async def set_encoding_midway(rig: Rig) -> None:
    stream = rig.stream
    euro = "€".encode()
    rig.feed(b"abc" + euro[:1])
    stream.read(0)  # nothing listens: so that it is fetched
    await until(lambda: stream.readable_length == 4)
    assert stream.readable_encoding is None
    assert stream.set_encoding("utf-8") is stream
    assert stream.readable_encoding == "utf8"
    assert stream.readable_length == 3
    text: list[str] = []
    stream.on("data", text.append)
    rig.feed(euro[1:2])
    await rig.quiet()
    assert "".join(text) == "abc"
    rig.feed(euro[2:] + b"!" + euro[:1])
    rig.feed_end()
    await until(lambda: "end" in rig.record)
    assert "".join(text) == "abc€!\ufffd"
    assert all(text)


@check("readable", encoding="hex")
async def encoding_from_the_start(rig: Rig) -> None:
    text: list[str] = []
    rig.stream.on("data", text.append)
    rig.feed(b"\x01\xff")
    rig.feed_end()
    await until(lambda: "end" in rig.record)
    assert "".join(text) == "01ff"


@check("readable")
async def pause_in_data(rig: Rig) -> None:
    stream = rig.stream
    data: list[bytes] = []

    def on_data(chunk: bytes) -> None:
        data.append(chunk)
        stream.pause()

    stream.on("data", on_data)
    await until(lambda: "resume" in rig.record)
    rig.feed(b"one")
    await until(lambda: data)
    rig.feed(b"two")
    await rig.quiet()
    assert data == [b"one"]
    assert stream.is_paused()
    assert stream.readable_flowing is False
    stream.resume()
    assert not stream.is_paused()
    await until(lambda: len(data) == 2)
    assert b"".join(data) == b"onetwo"
    rig.feed_end()
    await rig.quiet()
    stream.resume()
    await until(lambda: "end" in rig.record)
    flow = rig.record.order("pause", "resume")
    assert flow[:4] == ["resume", "pause", "resume", "pause"]


@check("readable")
async def pause_twice_is_once(rig: Rig) -> None:
    stream = rig.stream
    assert stream.pause() is stream
    stream.pause()
    assert rig.record.count("pause") == 1
    collect(rig)
    assert stream.readable_flowing is False  # as pause() was called: a listener starts nothing
    assert stream.resume() is stream
    assert rig.record.count("resume") == 0  # on the next tick
    await until(lambda: "resume" in rig.record)


@check("readable")
async def resume_without_listener_drops(rig: Rig) -> None:
    rig.feed(b"dropped")
    rig.stream.resume()
    rig.feed_end()
    await until(lambda: "end" in rig.record)


@check("readable")
async def readable_wins_over_data(rig: Rig) -> None:
    """With a 'readable' listener nothing flows; 'data' comes from read()."""
    stream = rig.stream
    data = collect(rig)
    listener = lambda: None  # noqa: E731
    stream.on("readable", listener)
    rig.feed(b"waits")
    await rig.quiet()
    assert data == b""
    assert stream.read() == b"waits"
    assert data == b"waits"
    stream.remove_listener("readable", listener)
    rig.feed(b" flows")
    await until(lambda: data == b"waits flows")


# ------------------------------------------------------------------------- the end


@check("readable")
async def end_comes_after_the_last_chunk_is_read(rig: Rig) -> None:
    stream = rig.stream
    stream.pause()
    rig.feed(b"last")
    rig.feed_end()
    await rig.quiet()
    assert "end" not in rig.record
    assert stream.readable
    assert not stream.readable_ended
    data = collect(rig)
    stream.resume()
    await until(lambda: "end" in rig.record)
    assert data == b"last"


@check("readable")
async def end_without_data(rig: Rig) -> None:
    data = collect(rig)
    rig.feed_end()
    await until(lambda: "end" in rig.record)
    assert data == b""
    assert not rig.stream.readable_did_read
    assert rig.stream.read() is None


@check("readable", exact=True)  # a socket ends as soon as there is nothing to read
async def end_needs_a_reader(rig: Rig) -> None:
    rig.feed_end()
    await rig.quiet()
    assert "end" not in rig.record
    rig.stream.resume()
    await until(lambda: "end" in rig.record)


# ------------------------------------------------------------------------- destroy


@check("readable")
async def destroy_stops_data(rig: Rig) -> None:
    stream = rig.stream
    data: list[bytes] = []

    def on_data(chunk: bytes) -> None:
        data.append(chunk)
        assert stream.destroy() is stream

    stream.on("data", on_data)
    for part in (b"one", b"two", b"three"):
        rig.feed(part)
    await until(lambda: "close" in rig.record)
    await rig.quiet()
    assert len(data) == 1
    assert rig.record.order("end", "error", "close") == ["close"]
    assert stream.destroyed
    assert stream.closed
    assert not stream.readable
    assert stream.readable_aborted
    assert not stream.readable_ended
    assert stream.errored is None


@check("readable")
async def destroy_with_an_error(rig: Rig) -> None:
    stream = rig.stream
    collect(rig)
    error = RuntimeError("enough")
    stream.destroy(error)
    assert stream.destroyed
    assert "error" not in rig.record  # on a later tick
    stream.destroy(RuntimeError("too late"))
    await until(lambda: "close" in rig.record)
    assert rig.record.order("end", "error", "close") == ["error", "close"]
    assert rig.record.errors == [error]
    assert stream.errored is error
    stream.destroy(RuntimeError("much too late"))
    await rig.quiet()


@check("readable")
async def destroyed_streams_stay_quiet(rig: Rig) -> None:
    stream = rig.stream
    rig.feed(b"unread")
    await rig.quiet()
    stream.destroy()
    await until(lambda: "close" in rig.record)
    data = collect(rig)
    stream.on("readable", lambda: data.extend(b"readable"))
    flow = rig.record.order("pause", "resume")
    stream.pause()
    stream.resume()
    await rig.quiet()
    assert data == b""
    assert rig.record.order("pause", "resume") == flow
    assert "end" not in rig.record


def _destroy_in(event: str) -> None:
    async def destroy_in(rig: Rig) -> None:
        stream = rig.stream
        stream.once(event, lambda *args: stream.destroy())
        if event != "readable":
            stream.on("data", lambda chunk: None)
        if event == "pause":
            stream.on("data", lambda chunk: stream.pause())
        else:
            stream.on("end", lambda: None)
        if event == "readable":
            stream.on("readable", stream.read)
        rig.feed(b"some data")
        rig.feed_end()
        if event == "close":
            await until(lambda: "end" in rig.record)
            stream.destroy()
        await until(lambda: "close" in rig.record)
        await rig.quiet()
        assert stream.destroyed
        assert rig.record.count("close") == 1
        assert "error" not in rig.record

    destroy_in.__name__ = f"destroy_in_{event}"
    check("readable")(destroy_in)


for _event in ("data", "readable", "resume", "pause", "end", "close"):
    _destroy_in(_event)


# ------------------------------------------------------------------------- memory


@check("readable")
async def little_is_read_ahead(rig: Rig) -> None:
    """Nobody reads: the buffer stays at the high water mark, give or take a chunk."""
    stream = rig.stream
    part = b"x" * 8192
    count = 512
    for _ in range(count):
        rig.feed(part)
    stream.read(0)
    await rig.quiet()
    most = stream.readable_high_water_mark + 65536
    assert 0 < stream.readable_length <= most
    total = 0

    def on_data(chunk: bytes) -> None:
        nonlocal total
        total += len(chunk)
        assert stream.readable_length <= most

    stream.on("data", on_data)
    await until(lambda: total == count * len(part))
