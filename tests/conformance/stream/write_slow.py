"""Writes that call back later: buffering, drain, finish."""

from tracer import cb, im, t, watch

from uvnet import stream


def write(w, chunk, encoding, callback):
    def done():
        t("w.done", chunk)
        callback()

    t("w.write", chunk)
    im(done)


def final(w, callback):
    t("w.final")
    im(callback)


def on_drain():
    t("w.length", w.writable_length)
    w.end("gh", cb("w.end"))
    t("w.finished", w.writable_finished)


w = watch(stream.Writable(high_water_mark=4, write=write, final=final), "w")
t("w.answer", w.write("ab", cb("w.ab")))
t("w.answer", w.write("cd", cb("w.cd")))
t("w.answer", w.write("ef"))
t("w.length", w.writable_length)
w.on("drain", on_drain)
