"""pipeline() of streams: to the end, and when one fails."""

from tracer import cb, settle, sink, source, t, watch

from uvnet import stream

events = ["end", "finish", "error", "close"]


def reader(name):
    return watch(source(), name, events)


def writer(name):
    return watch(sink(name), name, events)


def start(name, streams):
    last = stream.pipeline(*streams, cb(f"{name}.callback"))
    t(f"{name}.last", last is streams[-1])
    return streams


def trio(name):
    middle = watch(stream.PassThrough(), f"{name}.p", events)
    return [reader(f"{name}.r"), middle, writer(f"{name}.w")]


def fail(w, chunk, encoding, callback):
    callback(Exception("write"))


def destroy():
    b.destroy(Exception("source"))
    c.destroy(Exception("middle"))
    d.destroy(Exception("last"))
    e.destroy()
    f.destroy()
    settle(listeners)


def listeners():
    t("h.listeners", h.listener_count("error"), h.listener_count("close"))


a = start("a", trio("a"))[0]
a.push("one")
a.push(None)
b = start("b", trio("b"))[0]
c = start("c", trio("c"))[1]
d = start("d", trio("d"))[2]
e = start("e", trio("e"))[0]
f = start("f", trio("f"))[2]
g = start("g", [reader("g.r"), stream.Writable(write=fail)])[0]
g.push("x")
h = start("h", [reader("h.r"), watch(stream.PassThrough(), "h.p", events)])[0]
h.push("x")
h.push(None)
settle(destroy)
