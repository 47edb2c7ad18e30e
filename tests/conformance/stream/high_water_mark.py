"""What push() answers, and when _read() is called."""

from tracer import settle, source, t, watch

from uvnet import stream

for mark in [0, 1, 3]:
    r = source(high_water_mark=mark)
    t("r.push", [r.push(chunk) for chunk in ["a", "b", "", "cd"]])
o = source(object_mode=True, high_water_mark=2)
t("o.push", [o.push(chunk) for chunk in [0, "", False, {}]])
t("o.length", o.readable_length)
left = 6


def read(r, size):
    global left
    left -= 1
    t("s.asked", size)
    t("s.push", r.push("xy" if left >= 0 else None))


s = watch(stream.Readable(high_water_mark=5, read=read), "s")
t("s.read", s.read(1))


def later():
    t("s.length", s.readable_length)
    s.resume()


settle(later)
