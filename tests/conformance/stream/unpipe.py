"""unpipe() pauses; nothing is lost; another pipe goes on."""

from tracer import sink, source, steps, t, watch

r = watch(source(), "r")
a = watch(sink("a"), "a")
b = watch(sink("b"), "b")


def unpipe():
    r.unpipe(b)
    r.unpipe(a)
    t("r.state", r.readable_flowing, r.is_paused(), r.listener_count("data"))
    names = ["drain", "error", "close", "finish", "unpipe"]
    t("a.listeners", [a.listener_count(name) for name in names])
    r.push("two")


def end():
    t("r.state", r.readable_flowing, r.is_paused(), r.destroyed)
    r.push("three")
    r.pipe(a)
    a.end()


r.pipe(a)
r.push("one")
steps(
    lambda: None,
    unpipe,
    lambda: r.pipe(b),
    lambda: b.destroy(),
    end,
    lambda: t("r.state", r.readable_flowing, r.is_paused(), r.readable_length),
)
