"""Readable.from() over iterables of all kinds."""

from tracer import all, attempt, t, watch

from uvnet import stream

APART = True


def make(name, iterable, **options):
    r = watch(stream.Readable.from_(iterable, **options), name, all)
    t(f"{name}.mode", r.readable_object_mode, r.readable_high_water_mark)


def numbers(fails=False):
    yield "x"
    if fails:
        raise Exception("mine")
    yield "y"


async def async_numbers(fails=False):
    yield "x"
    if fails:
        raise Exception("mine")
    yield "y"


async def later():
    return "later"


async def fail():
    raise Exception("later")


async def nothing():
    yield None


make("a", ["one", 2, 0, ""])
make("b", "text")
make("c", b"bytes")
make("d", numbers())
make("e", async_numbers())
make("f", [later(), "now"])
make("g", [fail()])
make("h", numbers(fails=True))
make("i", async_numbers(fails=True))
make("j", ["x", None])
make("k", nothing())
make("l", ["x"], object_mode=False)
make("m", [])
attempt("-.number", lambda: stream.Readable.from_(5))
attempt("-.none", lambda: stream.Readable.from_(None))
