"""pipe(): events of both ends, from the first chunk to the last."""

from tracer import sink, source, steps, t, watch

r = watch(source(), "r")
w = watch(sink("w"), "w")
t("r.same", r.pipe(w) is w)
r.push("one")
steps(
    lambda: None,
    lambda: r.push("two"),
    lambda: r.push(None),
    lambda: r.pipe(watch(sink("late"), "late")),
)
k = watch(source(), "k")
open = watch(sink("open"), "open")
k.pipe(open, end=False)
k.push("x")
k.push(None)
