"""Errors on either end of a pipe."""

from tracer import sink, source, steps, t, watch

from uvnet import stream


def fail(w, chunk, encoding, callback):
    callback(Exception("write"))


def failing():
    return stream.Writable(write=fail)


def another():
    t("r.state", r.destroyed, r.is_paused())
    r.push("two")
    r.pipe(watch(sink("x"), "x"))


def wrong_chunk():
    s = watch(source(object_mode=True), "s")
    s.pipe(watch(sink("y"), "y"))
    s.push({})


def late_listener():
    u = watch(source(), "u")
    z = failing()
    u.pipe(z)
    z.on("error", lambda error: t("z.late", error))
    z.on("close", lambda: t("z.close"))
    u.push("one")


r = watch(source(), "r")
r.pipe(watch(failing(), "w"))
r.push("one")
steps(
    lambda: None,
    another,
    lambda: r.destroy(Exception("read")),
    wrong_chunk,
    late_listener,
)
