"""end comes when all was read, and close after it."""

from tracer import settle, source, t, watch

r = watch(source(), "r")
r.push("x")
r.push(None)
t("r.push", r.push("more"))
e = watch(source(), "e")
e.push(None)
k = watch(source(auto_destroy=False), "k")
k.push(None)


def later():
    t("-.later")
    e.resume()
    k.resume()
    settle(state)


def state():
    t("k.state", k.destroyed, k.readable_ended, k.readable)
    t("e.state", e.destroyed, e.readable_ended, e.readable)


settle(later)
