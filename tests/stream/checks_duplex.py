"""What a stream with two independent sides must do."""

from __future__ import annotations

from .checks_readable import collect
from .contract import Rig, check, until


@check("duplex")
async def the_sides_end_apart(rig: Rig) -> None:
    """By default the end of one side leaves the other as it is; 'close' comes after both."""
    stream = rig.stream
    data = collect(rig)
    stream.end(b"written")
    await until(lambda: "finish" in rig.record)
    assert stream.readable
    assert not stream.writable
    assert not stream.destroyed
    rig.feed(b"read")
    await until(lambda: data == b"read")
    rig.feed_end()
    await until(lambda: "close" in rig.record)
    assert rig.record.order("finish", "end", "close") == ["finish", "end", "close"]
    assert rig.sent == b"written"


@check("duplex", allow_half_open=True)
async def the_end_of_reading_leaves_writing(rig: Rig) -> None:
    stream = rig.stream
    stream.resume()
    rig.feed_end()
    await until(lambda: "end" in rig.record)
    await rig.quiet()
    assert stream.writable
    assert not stream.readable
    assert not stream.destroyed
    stream.end(b"written")
    await until(lambda: "close" in rig.record)
    await until(lambda: rig.sent == b"written")
    assert rig.record.order("finish", "end", "close") == ["end", "finish", "close"]


@check("duplex", allow_half_open=False)
async def without_half_open_the_end_ends_both(rig: Rig) -> None:
    stream = rig.stream
    assert stream.allow_half_open is False
    stream.write(b"written")
    stream.resume()
    rig.feed_end()
    await until(lambda: "close" in rig.record)
    assert rig.record.order("finish", "end", "close") == ["end", "finish", "close"]
    await until(lambda: rig.sent == b"written")


@check("duplex")
async def destroy_ends_both(rig: Rig) -> None:
    stream = rig.stream
    rig.feed(b"unread")
    stream.write(b"x")
    stream.destroy()
    assert not stream.readable
    assert not stream.writable
    await until(lambda: "close" in rig.record)
    assert rig.record.order("finish", "end", "error", "close") == ["close"]


@check("duplex")
async def an_error_ends_both(rig: Rig) -> None:
    stream = rig.stream
    stream.resume()
    error = RuntimeError("both")
    stream.destroy(error)
    await until(lambda: "close" in rig.record)
    assert rig.record.order("finish", "end", "error", "close") == ["error", "close"]
    assert stream.errored is error
    assert stream.readable_aborted
    assert stream.writable_aborted


@check("duplex", allow_half_open=True)
async def piped_into_itself(rig: Rig) -> None:
    """An echo: what is read is written, and the end of reading ends writing."""
    stream = rig.stream
    assert stream.pipe(stream) is stream
    sent = b""
    for i in range(20):
        part = b"%d " % i * 100
        rig.feed(part)
        sent += part
        if i % 5 == 0:
            await rig.quiet()
    rig.feed_end()
    await until(lambda: "close" in rig.record)
    await until(lambda: len(rig.sent) == len(sent))
    assert rig.sent == sent
    assert rig.record.order("end", "finish", "error", "close") == ["end", "finish", "close"]


@check("duplex", allow_half_open=True)
async def piped_into_itself_at_the_others_pace(rig: Rig) -> None:
    stream = rig.stream
    rig.hold()
    stream.pipe(stream)
    part = b"x" * 65536
    count = 0
    while not stream.is_paused():  # the kernel may take some megabytes
        assert count < 1024, "it takes any amount"
        for _ in range(16):
            rig.feed(part)
        count += 16
        await rig.quiet()
    await rig.quiet()
    most = stream.readable_high_water_mark + stream.writable_high_water_mark + 2 * 65536
    assert stream.readable_length + stream.writable_length <= most
    rig.release()
    await until(lambda: len(rig.sent) == count * len(part))
    assert stream.readable_length + stream.writable_length == 0


@check("duplex")
async def ticks_of_one_side_do_not_disturb_the_other(rig: Rig) -> None:
    stream = rig.stream
    data = collect(rig)
    written: list[int] = []
    for i in range(30):
        rig.feed(b"r%d " % i)
        stream.write(b"w%d " % i, lambda error, i=i: written.append(i))
        if i % 7 == 0:
            await rig.quiet()
    expected = b"".join(b"r%d " % i for i in range(30))
    await until(lambda: data == expected)
    await until(lambda: rig.sent == expected.replace(b"r", b"w"))
    await until(lambda: written == list(range(30)))
