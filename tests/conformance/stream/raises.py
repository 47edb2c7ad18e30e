"""Errors that are thrown in what a stream implements."""

from tracer import attempt, cb, t, watch

from uvnet import stream


def boom(what):
    def function(*args):
        raise Exception(what)

    return function


def done(w, chunk, encoding, callback):
    callback()


r = watch(stream.Readable(read=boom("read")), "r")
t("r.read", r.read())
w = watch(stream.Writable(write=boom("write")), "w")
attempt("w.write", lambda: w.write("x", cb("w.x")))
f = watch(stream.Writable(write=done, final=boom("final")), "f")
f.end("x", cb("f.end"))
d = watch(stream.Writable(write=done, destroy=boom("destroy")), "d")
d.destroy()
e = watch(stream.Writable(write=done, destroy=boom("destroy")), "e")
e.destroy(Exception("first"))
t("e.errored", e.errored)
c = watch(stream.Writable(write=done, construct=boom("construct")), "c")
c.write("x", cb("c.x"))
x = watch(stream.Transform(transform=boom("transform")), "x")
attempt("x.write", lambda: x.write("x"))
y = watch(stream.Transform(transform=done, flush=boom("flush")), "y")
y.end(cb("y.end"))
v = watch(stream.Writable(writev=boom("writev")), "v")
v.cork()
v.write("1", cb("v.1"))
v.write("2", cb("v.2"))
attempt("v.uncork", lambda: v.uncork())
