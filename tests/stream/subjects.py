"""The streams of uvnet.stream that the contract is applied to."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from uvnet import set_immediate
from uvnet.stream import Duplex, Readable, Writable
from uvnet.stream.duplex_pair import duplex_pair
from uvnet.stream.passthrough import PassThrough
from uvnet.stream.transform import Transform

from .contract import Rig, subject, until


class Source:
    """Where a readable side's data comes from: it gives chunks when it is asked."""

    def __init__(self) -> None:
        self.chunks: deque[bytes | None] = deque()
        self.asked = False

    def read(self, stream: Any, size: int) -> None:
        self.asked = True
        self.give(stream)

    def give(self, stream: Any) -> None:
        while self.asked and self.chunks:
            chunk = self.chunks.popleft()
            # Before the push, within which it may be asked again.
            self.asked = False
            self.asked = stream.push(chunk) or self.asked


class Outlet:
    """Where a writable side's data goes to."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.holds = False
        self.held: list[Callable[[], None]] = []

    def take(self, data: Any, callback: Callable[..., None]) -> None:
        self.data += data
        if self.holds:
            self.held.append(callback)
        else:
            callback()

    def release(self) -> None:
        self.holds = False
        held, self.held = self.held, []
        for callback in held:
            callback()


class OwnRig(Rig):
    """A stream whose ends are in this process."""

    def __init__(self, stream: Any, source: Source, outlet: Outlet) -> None:
        super().__init__(stream)
        self.source = source
        self.outlet = outlet
        self.sent = outlet.data

    def feed(self, data: bytes) -> None:
        self.source.chunks.append(data)
        self.source.give(self.stream)

    def feed_end(self) -> None:
        self.source.chunks.append(None)
        self.source.give(self.stream)

    def hold(self) -> None:
        self.outlet.holds = True

    def release(self) -> None:
        self.outlet.release()


# ------------------------------------------------------------------- function options


@subject("readable-options", "readable")
def readable_options(**options: Any) -> Rig:
    source = Source()
    return OwnRig(Readable(read=source.read, **options), source, Outlet())


@subject("writable-options", "writable")
def writable_options(**options: Any) -> Rig:
    outlet = Outlet()

    def write(stream: Any, chunk: Any, encoding: str, callback: Any) -> None:
        assert encoding == "buffer"
        outlet.take(chunk, callback)

    return OwnRig(Writable(write=write, **options), Source(), outlet)


@subject("writable-writev", "writable")
def writable_writev(**options: Any) -> Rig:
    outlet = Outlet()

    def writev(stream: Any, chunks: Any, callback: Any) -> None:
        assert all(encoding == "buffer" for _, encoding in chunks)
        outlet.take(b"".join(chunk for chunk, _ in chunks), callback)

    return OwnRig(Writable(writev=writev, **options), Source(), outlet)


@subject("duplex-options", "readable", "writable", "duplex")
def duplex_options(**options: Any) -> Rig:
    source, outlet = Source(), Outlet()

    def write(stream: Any, chunk: Any, encoding: str, callback: Any) -> None:
        outlet.take(chunk, callback)

    return OwnRig(Duplex(read=source.read, write=write, **options), source, outlet)


# ------------------------------------------------------------------------ subclasses


class OwnReadable(Readable):
    def __init__(self, source: Source, **options: Any) -> None:
        super().__init__(**options)
        self.source = source

    def _read(self, size: int) -> None:
        self.source.read(self, size)


class SlowWritable(Writable):
    """Calls back on a later tick, as a file would."""

    def __init__(self, outlet: Outlet, **options: Any) -> None:
        super().__init__(**options)
        self.outlet = outlet

    def _write(self, chunk: Any, encoding: str, callback: Any) -> None:
        set_immediate(self.outlet.take, chunk, callback)

    def _construct(self, callback: Any) -> None:
        set_immediate(callback)


class OwnDuplex(Duplex):
    def __init__(self, source: Source, outlet: Outlet, **options: Any) -> None:
        self.source = source
        self.outlet = outlet
        super().__init__(**options)

    def _read(self, size: int) -> None:
        self.source.read(self, size)

    def _write(self, chunk: Any, encoding: str, callback: Any) -> None:
        self.outlet.take(chunk, callback)

    def _writev(self, chunks: Any, callback: Any) -> None:
        self.outlet.take(b"".join(chunk for chunk, _ in chunks), callback)

    def _final(self, callback: Any) -> None:
        callback()

    def _destroy(self, error: Exception | None, callback: Any) -> None:
        self.source.chunks.clear()
        callback(error)


@subject("readable-subclass", "readable")
def readable_subclass(**options: Any) -> Rig:
    source = Source()
    return OwnRig(OwnReadable(source, **options), source, Outlet())


@subject("writable-slow", "writable")
def writable_slow(**options: Any) -> Rig:
    outlet = Outlet()
    return OwnRig(SlowWritable(outlet, **options), Source(), outlet)


@subject("duplex-subclass", "readable", "writable", "duplex")
def duplex_subclass(**options: Any) -> Rig:
    source, outlet = Source(), Outlet()
    return OwnRig(OwnDuplex(source, outlet, **options), source, outlet)


# ------------------------------------------------------------------------ transforms


class Through(Rig):
    """A stream of which a check reads what was written to it."""

    def feed(self, data: bytes) -> None:
        if not self.stream.destroyed:
            self.stream.write(data)

    def feed_end(self) -> None:
        self.stream.end()

    def hold(self) -> None:
        self.stream.pause()

    def release(self) -> None:
        self.stream.resume()


class ThroughWritten(Through):
    """The same, where a check writes: what comes out is what was sent."""

    def __init__(self, stream: Any) -> None:
        super().__init__(stream)
        stream.on("data", self.sent.extend)


class Upright(Transform):
    """Turns every chunk around, twice."""

    def _transform(self, chunk: Any, encoding: str, callback: Any) -> None:
        self.push(bytes(chunk)[::-1][::-1])
        callback()


def later(stream: Any, chunk: Any, encoding: str, callback: Any) -> None:
    set_immediate(callback, None, bytes(chunk))


@subject("passthrough-read", "readable")
def passthrough_read(**options: Any) -> Rig:
    return Through(PassThrough(**options))


@subject("passthrough-written", "writable")
def passthrough_written(**options: Any) -> Rig:
    return ThroughWritten(PassThrough(**options))


@subject("transform-subclass-read", "readable")
def transform_subclass_read(**options: Any) -> Rig:
    return Through(Upright(**options))


@subject("transform-subclass-written", "writable")
def transform_subclass_written(**options: Any) -> Rig:
    return ThroughWritten(Upright(**options))


@subject("transform-later-read", "readable")
def transform_later_read(**options: Any) -> Rig:
    return Through(Transform(transform=later, **options))


@subject("transform-later-written", "writable")
def transform_later_written(**options: Any) -> Rig:
    return ThroughWritten(Transform(transform=later, **options))


# ----------------------------------------------------------------------------- pairs


class PairRig(Rig):
    """One side of a duplex_pair; the other one is the other end."""

    def __init__(self, stream: Any, other: Any) -> None:
        super().__init__(stream)
        self.other = other
        other.on("data", self.sent.extend)
        other.on("error", lambda error: None)

    def feed(self, data: bytes) -> None:
        if not self.other.destroyed:
            self.other.write(data)

    def feed_end(self) -> None:
        self.other.end()

    def hold(self) -> None:
        self.other.pause()

    def release(self) -> None:
        self.other.resume()

    async def close(self) -> None:
        await super().close()
        self.other.destroy()
        await until(lambda: self.other.closed)


@subject("pair", "readable", "writable", "duplex")
def pair(**options: Any) -> Rig:
    return PairRig(*duplex_pair(**options))
