"""What is given back comes first, until the end was emitted."""

from tracer import all, settle, source, t, watch

r = watch(source(), "r", all)
r.pause()
r.push("def")
r.unshift("abc")
t("r.read", r.read(4))
t("r.read", r.read())
r.push(None)
t("r.unshift", r.unshift("late"))
r.resume()


def later():
    t("r.unshift", r.unshift("too late"))
    t("r.errored", r.errored)


settle(later)
