"""A data listener makes a stream flow on the next tick."""

from tracer import all, nt, settle, source, t, watch

r = watch(source(), "r", all[1:])
t("r.flowing", r.readable_flowing)
r.push("one")
r.on("data", lambda chunk: t("r.data", chunk))
t("r.flowing", r.readable_flowing)
nt("-.tick")
r.push("two")


def later():
    t("-.later")
    r.push("three")
    t("-.pushed")
    r.push(None)
    t("r.ended", r.readable_ended)
    nt("-.tick")


settle(later)
