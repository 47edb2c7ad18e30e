"""A readable listener is told on ticks, and reads."""

from tracer import nt, source, steps, t, watch

r = watch(source(), "r")


def on_readable():
    t("r.readable", r.readable_length)
    t("r.read", r.read())
    t("r.read", r.read())


r.on("readable", on_readable)
t("r.flowing", r.readable_flowing)
r.push("one")
r.push("two")
nt("-.tick")


def more():
    r.push("three")
    t("-.pushed")
    nt("-.tick")


def end():
    r.push(None)
    t("-.ended")


steps(lambda: None, more, end)
