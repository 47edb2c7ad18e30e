"""Everything waits for _construct()."""

from tracer import all, cb, nt, settle, source, t, watch

from uvnet import stream


def construct(name, error=None):
    def function(s, callback):
        def done():
            t(f"{name}.constructed")
            callback(error)

        if name == "d":
            t("d.construct")
        settle(done if name != "e" else lambda: callback(error))

    return function


def read(d, size):
    t("d.read")
    d.push("r")
    d.push(None)


def write(d, chunk, encoding, callback):
    t("d.write", chunk)
    callback()


def final(d, callback):
    t("d.final")
    callback()


def destroy(f, error, callback):
    t("f.destroy", error)
    callback(error)


def construct_twice(g, callback):
    callback()
    callback()


d = stream.Duplex(construct=construct("d"), read=read, write=write, final=final)
watch(d, "d", all)
d.write("w", cb("d.w"))
d.end(cb("d.end"))
nt("-.tick")
e = watch(stream.Writable(construct=construct("e", Exception("construct"))), "e")
e.write("w", cb("e.w"))
f = watch(stream.Readable(construct=construct("f"), destroy=destroy), "f")
f.destroy(Exception("early"))
t("f.state", f.destroyed, f.closed)
g = watch(source(construct=construct_twice), "g")
