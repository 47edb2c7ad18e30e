"""When a Transform transforms, calls back and flushes."""

from tracer import all, cb, im, nt, settle, t, watch

from uvnet import stream


def transform(x, chunk, encoding, callback):
    t("x.transform", chunk, encoding)
    x.push("<")
    callback(None, chunk)


def flush(x, callback):
    t("x.flush")
    x.push("!")
    callback(None, "?")


def end():
    x.end("c", cb("x.end"))
    t("x.ended", x.writable_finished, x.readable_ended)


def transform_later(x, chunk, encoding, callback):
    im(callback, None, chunk)


x = watch(stream.Transform(transform=transform, flush=flush), "x")
t("x.write", x.write("a", cb("x.a")))
t("x.write", x.write("b", cb("x.b")))
t("x.length", x.readable_length, x.writable_length)
nt("-.tick")
x.on("data", lambda chunk: t("x.data", chunk))
settle(end)
later = watch(stream.Transform(transform=transform_later), "l", all)
later.write("1", cb("l.1"))
later.end("2", cb("l.2"))
none = watch(stream.PassThrough(), "n", all)
none.end()
