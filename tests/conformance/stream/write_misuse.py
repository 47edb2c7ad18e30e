"""What write() raises, and what it reports."""

from tracer import attempt, sink, source, t, watch

from uvnet import stream

w = watch(sink("w"), "w")
attempt("w.null", lambda: w.write(None))
attempt("w.number", lambda: w.write(5))
attempt("w.encoding", lambda: w.write("x", "morse"))
attempt("w.buffer", lambda: w.write("x", "buffer"))
attempt("w.default", lambda: w.set_default_encoding("morse"))
attempt("w.option", lambda: stream.Writable(default_encoding="morse"))
attempt("w.mark", lambda: stream.Writable(high_water_mark=-1))
attempt("w.mark", lambda: stream.Writable(high_water_mark=1.5))
attempt("d.mark", lambda: stream.Duplex(readable_high_water_mark=-1))
w.pipe(sink("other"))
t("w.destroyed", w.destroyed)
n = watch(stream.Writable(), "n")
attempt("n.write", lambda: n.write("x"))
r = watch(source(), "r")
t("r.push", r.push(5))
m = watch(stream.Readable(), "m")
t("m.read", m.read())
f = watch(source(), "f")
f.push(None)
t("f.push", f.push("x"))
