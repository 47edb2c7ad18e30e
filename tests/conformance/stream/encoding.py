"""set_encoding() midway, over a character that is split."""

from tracer import all, source, t, watch

r = watch(source(), "r")
r.push(bytes([0x61, 0xE2]))
t("r.length", r.readable_length, r.readable_encoding)
r.set_encoding("UTF-8")
t("r.length", r.readable_length, r.readable_encoding)
r.push(bytes([0x82]))
t("r.length", r.readable_length)
r.push(bytes([0xAC, 0x62]))
t("r.length", r.readable_length)
r.push("text")
r.push(bytes([0xE2]))
r.on("data", lambda text: t("r.data", text.replace("\u20ac", "EURO").replace("\ufffd", "BAD")))
r.push(None)
h = watch(source(encoding="hex"), "h", all)
h.push("ab")
h.push(b"c")
h.push(None)
