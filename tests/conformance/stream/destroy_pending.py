"""What becomes of writes that wait when a stream is destroyed."""

from tracer import cb, im, settle, t, watch

from uvnet import stream


def slow(end):
    def write(w, chunk, encoding, callback):
        def done():
            t(f"{end}.done")
            callback()

        settle(done)

    return write


def start(end, error):
    w = watch(stream.Writable(write=slow(end)), end)
    w.write("1", cb(f"{end}.1"))
    w.write("2", cb(f"{end}.2"))
    w.end("3", cb(f"{end}.3"))
    im(w.destroy, error)


def fail_later(w, chunk, encoding, callback):
    im(callback, Exception("failed"))


def fail(w, chunk, encoding, callback):
    callback(Exception("failed"))


start("a", None)
start("b", Exception("why"))
f = watch(stream.Writable(write=fail_later), "f")
f.write("1", cb("f.1"))
f.write("2", cb("f.2"))
f.end(cb("f.end"))
g = watch(stream.Writable(write=fail), "g")
t("g.write", g.write("1", cb("g.1")))
t("g.write", g.write("2", cb("g.2")))
t("g.errored", g.errored, g.destroyed)
