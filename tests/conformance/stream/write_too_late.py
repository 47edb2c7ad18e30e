"""write() and end() after end() and after destroy()."""

from tracer import cb, sink, steps, t, watch

a = watch(sink("a"), "a")
a.end("x", cb("a.end"))
a.end(cb("a.again"))
steps(
    lambda: None,
    lambda: a.end(cb("a.late")),
    lambda: t("a.write", a.write("y", cb("a.y"))),
)
b = watch(sink("b"), "b")
b.end("x")
t("b.write", b.write("y", cb("b.y")))
c = watch(sink("c"), "c")
c.end("x")
c.end("y", cb("c.end"))
d = watch(sink("d"), "d")
d.destroy()
t("d.write", d.write("y", cb("d.y")))
t("d.errored", d.errored)
e = watch(sink("e", auto_destroy=False), "e")
e.end()
t("e.write", e.write("y", cb("e.y")))
