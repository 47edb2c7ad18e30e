"""pause() in a data listener, and resume()."""

from tracer import source, steps, t, watch

r = watch(source(), "r")


def on_data(chunk):
    t("r.data", chunk)
    r.pause()
    t("r.paused", r.is_paused(), r.readable_flowing)


def resume():
    t("r.length", r.readable_length)
    r.resume()
    t("r.paused", r.is_paused(), r.readable_flowing)


def end():
    r.push(None)
    r.resume()


r.on("data", on_data)
r.push("one")
r.push("two")
steps(lambda: None, lambda: r.push("three"), resume, lambda: r.resume().resume(), end)
