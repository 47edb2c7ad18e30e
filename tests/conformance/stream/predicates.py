"""is_readable() and the others, over the life of streams."""

from tracer import sink, source, steps, t

from uvnet import stream


def ask(name, s):
    t(
        name,
        stream.is_readable(s),
        stream.is_writable(s),
        stream.is_destroyed(s),
        stream.is_errored(s),
        stream.is_disturbed(s),
    )


def write(d, chunk, encoding, callback):
    callback()


def use():
    r.on("data", lambda chunk: None)
    r.push("x")
    w.end("x")
    d.end("x")
    f.destroy(Exception("why"))
    half.end()
    n.emit("error", Exception("mine"))
    ask("w.ended", w)
    ask("f.destroyed", f)


def end():
    ask("r.read", r)
    ask("w.done", w)
    ask("d.ended", d)
    ask("f.closed", f)
    ask("half.done", half)
    ask("n.error", n)
    r.push(None)
    ask("r.pushed", r)


def others():
    for s in [None, None, 5, {}, "x"]:
        ask("-.other", s)


r = source()
w = sink("w")
d = stream.PassThrough()
f = source()
half = stream.Duplex(readable=False, write=write)
n = source(auto_destroy=False)
ask("r.new", r)
ask("w.new", w)
ask("d.new", d)
ask("half.new", half)
f.on("error", lambda error: None)
n.on("error", lambda error: None)
steps(use, end, lambda: ask("r.done", r), others)
