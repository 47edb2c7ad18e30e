"""A destination that is full pauses the source until it drains."""

from tracer import sink, source, steps, t, watch

from uvnet import stream

held = []


def slow(end, mark):
    def write(w, chunk, encoding, callback):
        t(f"{end}.write", chunk)
        held.append(callback)

    return watch(stream.Writable(high_water_mark=mark, write=write), end)


def release():
    callbacks = held.copy()
    held.clear()
    for callback in callbacks:
        callback()


def push():
    r.push("two")
    t("r.paused", r.is_paused(), r.readable_length)


def pipe_into_full():
    c = slow("c", 1)
    c.write("full")
    r.pipe(c)
    r.push("three")


r = watch(source(), "r")
a = slow("a", 3)
b = watch(sink("b"), "b")
r.pipe(a)
r.pipe(b)
r.push("one")
steps(
    lambda: None,
    push,
    release,
    lambda: r.unpipe(a),
    lambda: t("r.paused", r.is_paused(), r.readable_length),
    pipe_into_full,
    release,
    release,
    lambda: r.unpipe(),
)
