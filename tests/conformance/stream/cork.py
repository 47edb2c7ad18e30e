"""Corked writes leave as one, if _writev() is there."""

from tracer import cb, sink, t, watch

import uvnet
from uvnet import stream


def writev(w, chunks, callback):
    t("v.writev", [c.chunk for c in chunks], [c.encoding for c in chunks])
    callback()


v = watch(stream.Writable(writev=writev), "v")
v.write("alone", cb("v.alone"))
v.cork()
v.cork()
v.write("one", cb("v.one"))
v.write("two", "latin1", cb("v.two"))
v.uncork()
t("v.corked", v.writable_corked, v.writable_length)
v.uncork()
t("v.corked", v.writable_corked, v.writable_length)
v.cork()
v.write("three")
v.end("four", cb("v.end"))
t("v.corked", v.writable_corked)
w = watch(sink("w"), "w")
w.cork()
w.write("one")
w.write("two")
uvnet.next_tick(w.uncork)
d = watch(stream.Writable(decode_strings=False, writev=writev), "d")
d.set_default_encoding("latin1")
d.cork()
d.write("one")
d.write("two", "utf8")
d.write(b"three")
d.uncork()
