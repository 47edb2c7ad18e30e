"""read(n): within a chunk, across chunks, too much, and at the end."""

from tracer import all, source, t, watch

r = watch(source(high_water_mark=8), "r", all)
r.pause()
r.push("abcdef")
r.push("ghij")
t("r.length", r.readable_length)
t("r.read", r.read(0))
t("r.read", r.read(4))
t("r.read", r.read(3))
t("r.read", r.read(100))
t("r.mark", r.readable_high_water_mark)
t("r.read", r.read())
t("r.read", r.read())
r.push("xyz")
r.push(None)
t("r.read", r.read(2))
t("r.read", r.read(2))
t("r.read", r.read(2))
