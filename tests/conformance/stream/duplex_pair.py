"""Two sides, back to back."""

from tracer import cb, steps, t, watch

from uvnet import stream

a, b = stream.duplex_pair(high_water_mark=4)
watch(a, "a")
watch(b, "b")
t("a.write", a.write("one", cb("a.one")))
t("a.write", a.write("two", cb("a.two")))
t("a.write", a.write("", cb("a.empty")))
t("b.length", b.readable_length, a.writable_length)


def end_a():
    a.end(cb("a.end"))
    b.resume()


def end_b():
    t("b.state", b.readable, b.writable)
    b.end("back", cb("b.end"))
    a.resume()


def destroy():
    c, d = stream.duplex_pair()
    watch(c, "c")
    watch(d, "d").resume()
    c.destroy()


def fail():
    e, f = stream.duplex_pair()
    watch(e, "e")
    watch(f, "f")
    e.destroy(Exception("why"))


steps(
    lambda: None,
    lambda: t("b.read", b.read()),
    lambda: t("b.read", b.read()),
    end_a,
    end_b,
    destroy,
    fail,
)
