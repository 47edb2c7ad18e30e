"""Callbacks of writes, drain, finish: what comes before what."""

from tracer import cb, nt, settle, sink, t, watch

w = watch(sink("w", high_water_mark=6), "w")
same = cb("w.same")
t("w.answer", w.write("abc", cb("w.abc")))
t("w.answer", w.write("def", same))
t("w.answer", w.write("ghi", same))
t("w.state", w.writable_length, w.writable_need_drain)
nt("-.tick")


def later():
    w.write("jkl", cb("w.jkl"))
    w.end("mno", cb("w.end"))
    t("w.state", w.writable_ended, w.writable_finished, w.writable)
    nt("-.tick")


settle(later)
