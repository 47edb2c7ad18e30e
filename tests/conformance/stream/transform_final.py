"""A Transform with _final() of its own, with errors, and ended early."""

from tracer import all, attempt, cb, settle, t, watch

from uvnet import stream


def pass_on(x, chunk, encoding, callback):
    callback(None, chunk)


def final(x, callback):
    t("f.final")
    callback()


def flush(x, callback):
    t("f.flush")
    callback(None, "rest")


def fail_flush(x, callback):
    callback(Exception("flush"))


def fail_transform(x, chunk, encoding, callback):
    callback(Exception("transform"))


def end_early(q, chunk, encoding, callback):
    q.push(None)
    callback()


def later():
    q.write("y", cb("q.y"))
    settle(lambda: t("q.state", q.readable_ended, q.writable, q.destroyed))


f = watch(stream.Transform(transform=pass_on, final=final, flush=flush), "f", all)
f.end("x", cb("f.end"))
e = watch(stream.Transform(transform=pass_on, flush=fail_flush), "e", all)
e.end("x", cb("e.end"))
g = stream.Transform(transform=pass_on, final=lambda x, callback: callback(), flush=fail_flush)
watch(g, "g", all)
g.end("x", cb("g.end"))
h = watch(stream.Transform(transform=fail_transform), "h", all)
h.write("x", cb("h.x"))
h.end("y", cb("h.end"))
n = watch(stream.Transform(), "n", all)
attempt("n.write", lambda: n.write("x", cb("n.x")))
q = watch(stream.Transform(transform=end_early), "q", all)
q.write("x", cb("q.x"))
settle(later)
