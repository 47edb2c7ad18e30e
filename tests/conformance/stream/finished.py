"""finished(): what counts as the end of a stream."""

from tracer import attempt, nt, settle, sink, source, t, watch

from uvnet import stream


def end(name, s, **options):
    return stream.finished(s, lambda error: t(f"{name}.finished", error), **options)


def duplex(name):
    def write(d, chunk, encoding, callback):
        callback()

    d = stream.Duplex(read=lambda d, size: None, write=write)
    return watch(d, name, ["end", "finish", "close"])


def listeners():
    t("h.listeners", [h.listener_count(name) for name in ["end", "finish", "error", "close"]])


def late():
    end("late.a", a)
    end("late.b", b)
    end("late.c", c)
    end("late.d", d)
    end("late.f", f)
    nt("-.tick")


a = watch(source(), "a", ["end", "close"])
end("a", a)
a.resume()
a.push(None)
b = watch(source(), "b", ["error", "close"])
end("b", b)
b.destroy()
c = watch(source(), "c", ["error", "close"])
end("c", c)
c.destroy(Exception("why"))
d = watch(sink("d"), "d", ["finish", "close"])
end("d", d)
d.end()
e = duplex("e")
end("e", e)
end("e.readable", e, writable=False)
end("e.writable", e, readable=False)
e.resume()
e.push(None)
settle(e.end)
f = watch(source(auto_destroy=False), "f", ["end", "error", "close"])
end("f", f)
f.resume()
f.push(None)
g = watch(source(), "g", ["error", "close"])
end("g", g, error=False)
g.destroy(Exception("why"))
h = source()
cleanup = end("h", h)
listeners()
cleanup()
listeners()
h.destroy()
attempt("-.stream", lambda: end("x", {}))
attempt("-.callback", lambda: stream.finished(h, None))
settle(late)
