"""The two sides of a Duplex end apart, unless they may not."""

from tracer import all, settle, steps, t, watch

from uvnet import stream


def make(end, **options):
    def write(d, chunk, encoding, callback):
        t(f"{end}.write", chunk)
        callback()

    def final(d, callback):
        t(f"{end}.final")
        callback()

    duplex = stream.Duplex(read=lambda d, size: None, write=write, final=final, **options)
    return watch(duplex, end, all)


def end_a():
    t("a.state", a.readable, a.writable, a.destroyed, a.allow_half_open)
    a.end("x")


def try_b():
    b = make("b")
    b.end("x")

    def push():
        t("b.state", b.readable, b.writable, b.destroyed)
        b.push("y")
        b.push(None)

    settle(push)


def try_c():
    c = make("c", allow_half_open=False)
    c.push(None)
    c.write("x")


def try_d():
    d = make("d", readable=False)
    t("d.state", d.readable, d.writable, d.readable_ended)
    d.end("x")


def try_e():
    e = make("e", writable=False)
    t("e.state", e.readable, e.writable, e.writable_finished)
    e.push(None)


def try_f():
    f = make("f", auto_destroy=False)
    f.push(None)
    f.end()
    settle(lambda: t("f.state", f.destroyed, f.readable_ended, f.writable_finished))


a = make("a")
a.push(None)
steps(lambda: None, end_a, try_b, lambda: None, try_c, try_d, try_e, try_f)
