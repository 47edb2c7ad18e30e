"""What pipeline() raises."""

from tracer import attempt, sink, source, t, watch

from uvnet import stream

events = ["end", "finish", "error", "close"]


def reader(name):
    return watch(source(), name, events)


def writer(name):
    return watch(sink(name), name, events)


done = writer("done")
done.destroy()


def go(*streams):
    return stream.pipeline(*streams, callback=lambda error, value: None)


attempt("-.none", lambda: go())
attempt("-.one", lambda: go(source()))
attempt("-.callback", lambda: stream.pipeline(source(), sink("w")))
attempt("-.destroyed", lambda: go(source(), done))
attempt("-.number", lambda: go(5, sink("w")))
attempt("-.middle", lambda: go(source(), 5, sink("w")))
attempt("-.returns", lambda: go(lambda: 5, sink("w")))
attempt("-.transform", lambda: go(["x"], lambda chunks: 5, sink("w")))
attempt("-.plain", lambda: go(["x"], lambda chunks: (yield "x"), sink("w")))
attempt("-.sink", lambda: go(["x"], lambda chunks: 5))
t("-.list", isinstance(go([source(), sink("w")]), stream.Writable))
