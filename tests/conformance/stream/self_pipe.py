"""A Duplex piped into itself."""

from tracer import im, steps, t, watch

from uvnet import stream


def write(d, chunk, encoding, callback):
    t("d.write", chunk)
    im(callback)


d = stream.Duplex(high_water_mark=4, read=lambda d, size: None, write=write)
watch(d, "d")
d.pipe(d)
d.push("one")
d.push("two")
d.push("three")
steps(lambda: None, lambda: d.push(None))
