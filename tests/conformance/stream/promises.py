"""Awaiting pipeline() and finished(), with signals."""

from tracer import settle, sink, source, spawn, t, watch

from uvnet import stream
from uvnet.abort import AbortController

APART = True

events = ["end", "finish", "error", "close"]


def reader(name):
    return watch(source(), name, events)


def writer(name):
    return watch(sink(name), name, events)


def wait(name, awaitable):
    async def waiter():
        try:
            t(f"{name}.result", await awaitable)
        except Exception as error:
            t(f"{name}.raised", error, getattr(error, "cause", None))

    spawn(waiter())


async def join(chunks):
    return "".join([chunk async for chunk in chunks])


async def leave_open():
    await pipeline(["x"], open, end=False)
    t("c.state", open.writable)
    open.end("y")


async def clean_up():
    await finished(f, cleanup=True)
    t("f.listeners", f.listener_count("end"))


async def stage(signal):
    signal.onabort = lambda: t("h.stage", signal.aborted)
    yield "x"
    yield "y"


def fail(w, chunk, encoding, callback):
    callback(Exception("write"))


def abort():
    controller.abort(Exception("reason"))
    g.destroy()
    settle(afterwards)


def afterwards():
    t("e.state", e.destroyed)
    wait("i", pipeline(reader("i.r"), writer("i.w"), signal=controller.signal))
    wait("j", finished(e, signal=controller.signal))


finished = stream.promises.finished
pipeline = stream.promises.pipeline
a = reader("a")
a.push("x")
a.push(None)
wait("a", pipeline(a, writer("a.w")))
wait("b", pipeline(["x", "y"], join))
open = writer("c")
wait("c", leave_open())
controller = AbortController()
wait("d", pipeline(reader("d.r"), writer("d.w"), signal=controller.signal))
e = reader("e")
wait("e", finished(e, signal=controller.signal))
f = reader("f")
wait("f", clean_up())
f.resume()
f.push(None)
g = reader("g")
wait("g", finished(g))
wait("h", pipeline(stage, stream.Writable(write=fail)))
settle(abort)
