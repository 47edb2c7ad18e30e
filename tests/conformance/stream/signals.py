"""Signals destroy streams, and stop waiting for them."""

from tracer import attempt, cb, nt, settle, sink, source, t, watch

from uvnet import stream
from uvnet.abort import AbortController

controller = AbortController()
a = watch(source(signal=controller.signal), "a")
b = watch(sink("b"), "b")
t("b.same", stream.add_abort_signal(controller.signal, b) is b)
f = watch(source(), "f")
stream.finished(f, cb("f.finished"), signal=controller.signal)
done = watch(sink("done"), "done")
stream.add_abort_signal(controller.signal, done)
done.end()
attempt("-.signal", lambda: stream.add_abort_signal({}, a))
attempt("-.stream", lambda: stream.add_abort_signal(controller.signal, {}))


def abort():
    controller.abort(Exception("why"))
    t("a.state", a.destroyed, a.errored, a.errored.cause)
    t("f.state", f.destroyed, f.listener_count("end"))
    settle(afterwards)


def afterwards():
    c = watch(source(signal=controller.signal), "c")
    t("c.state", c.destroyed)
    stream.finished(f, cb("f.again"), signal=controller.signal)
    nt("-.tick")


settle(abort)
