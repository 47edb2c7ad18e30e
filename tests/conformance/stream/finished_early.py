"""finished() on streams that are on their way to the end."""

from tracer import cb, nt, settle, sink, source, t

from uvnet import stream


def end(name, s, **options):
    return stream.finished(s, lambda error: t(f"{name}.finished", error), **options)


def write_later(w, chunk, encoding, callback):
    settle(callback)


def later():
    a.resume()
    b = source()
    b.on("error", lambda error: t("b.error"))
    b.destroy(Exception("why"))
    end("b", b)
    nt("-.tick")
    c = sink("c")
    c.on("close", lambda: t("c.close"))

    def c_end(error):
        t("c.end")
        end("c", c)

    c.end(c_end)
    d = source()
    d.push(None)

    def d_end():
        t("d.end")
        end("d", d)

    d.on("end", d_end)
    d.on("close", lambda: t("d.close"))
    d.resume()
    e = stream.Writable(write=write_later)
    e.on("finish", lambda: t("e.finish"))
    e.end("x")
    end("e", e)
    f = stream.Writable(write=write_later)
    f.write("x")
    f.end(cb("f.end"))
    end("f", f)
    f.destroy()


a = source()
a.push("x")
a.push(None)
a.on("close", lambda: t("a.close"))
end("a", a)
settle(later)
