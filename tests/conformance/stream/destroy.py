"""destroy(): once, with the first error, and what it leaves."""

from tracer import all, nt, settle, sink, source, t, watch

DIFFERS = "A stream that was destroyed gives no data."

r = watch(source(), "r", all)
r.push("lost")
t("r.same", r.destroy(Exception("first")) is r)
r.destroy(Exception("second"))
t("r.push", r.push("more"))
t("r.state", r.destroyed, r.closed, r.readable, r.readable_aborted, r.errored)
nt("-.tick")
w = watch(sink("w"), "w")
w.destroy()
t("w.state", w.destroyed, w.closed, w.writable, w.writable_aborted, w.errored)
slow = watch(source(destroy=lambda s, error, callback: settle(lambda: callback(error))), "s")
slow.destroy(Exception("slow"))
t("s.state", slow.destroyed, slow.closed)
quiet = watch(source(emit_close=False), "q")
quiet.destroy()


def later():
    t("r.read", r.read())
    t("q.state", quiet.destroyed, quiet.closed)
    r.on("data", lambda chunk: t("r.data"))
    r.resume()


settle(later)
