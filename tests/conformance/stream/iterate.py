"""async iteration: to the end, left early, and over streams that fail."""

from tracer import settle, source, spawn, t, watch

APART = True


async def read(name, iterable, leave=None):
    try:
        async for chunk in iterable:
            t(f"{name}.chunk", chunk)
            if leave == "break":
                break
            if leave == "raise":
                raise Exception("mine")
        t(f"{name}.done")
    except Exception as error:
        t(f"{name}.raised", error)


def make(name):
    r = watch(source(), name, events)
    r.push("one")
    r.push("two")
    return r


def use_c():
    t("c.read", c.destroyed, c.read())
    c.destroy()


events = ["end", "error", "close"]
a = make("a")
spawn(read("a", a))
settle(lambda: a.push(None))
b = make("b")
spawn(read("b", b, "break"))
c = make("c")
spawn(read("c", c.iterator(destroy_on_return=False), "break"))
settle(use_c)
d = make("d")
spawn(read("d", d, "raise"))
e = make("e")
spawn(read("e", e))
settle(lambda: e.destroy())
f = make("f")
spawn(read("f", f))
settle(lambda: f.destroy(Exception("why")))
g = make("g")
g.destroy()
spawn(read("g", g))
h = make("h")
h.resume()
h.push(None)
settle(lambda: spawn(read("h", h)))
i = watch(source(object_mode=True), "i", events)
i.push(1)
i.push(0)
i.push("")
i.push(None)
spawn(read("i", i))
