"""pipeline() of iterables, generator functions and a last async function."""

from tracer import cb, settle, sink, source, t, watch

from uvnet import stream

APART = True

events = ["end", "finish", "error", "close"]


def reader(name):
    return watch(source(), name, events)


def writer(name):
    return watch(sink(name), name, events)


def run(name, *streams):
    return stream.pipeline(*streams, callback=cb(f"{name}.callback", 1))


async def upper(chunks):
    async for chunk in chunks:
        yield (chunk if isinstance(chunk, str) else bytes(chunk).decode()).upper()


async def fail(chunks=None):
    yield "x"
    raise Exception("mine")


async def count(chunks):
    return len([chunk async for chunk in chunks])


async def first(chunks):
    async for chunk in chunks:
        yield chunk
        break


async def guarded(name):
    try:
        yield "a"
        yield "b"
        yield "c"
    finally:
        t(f"{name}.finally")


def fail_write(w, chunk, encoding, callback):
    callback(Exception("write"))


def bad():
    return stream.Writable(write=fail_write)


def plain():
    yield "x"


async def two():
    yield "x"
    yield "y"


async def watchful(chunks):
    try:
        async for chunk in chunks:
            t("l.chunk", chunk)
    except Exception as error:
        t("l.saw", error)
        return "value"


async def fail_sink(chunks):
    raise Exception("sink")


async def give(chunks):
    return "value"


async def join(chunks):
    return "".join([chunk async for chunk in chunks])


run("a", ["one", "two"], upper, writer("a"))
run("b", plain, writer("b"))
run("c", two, upper, upper, writer("c"))
run("d", ["x", "y", "z"], count)
run("e", stream.Readable.from_(["x", "y"]), upper, count)
run("f", fail, writer("f"))
run("g", ["x"], fail, count)
run("h", lambda: guarded("h"), bad())
run("i", lambda: guarded("i"), upper, bad())
run("j", lambda: guarded("j"), first, writer("j"))
k = run("k", ["x", "y"], upper)
watch(k, "k", ["data", "end", "close"])
t("k.mode", k.readable_object_mode, isinstance(k, stream.PassThrough))
source_l = reader("l")
run("l", source_l, watchful)
source_l.push("x")
settle(lambda: source_l.destroy(Exception("why")))
run("m", [1], fail_sink)
n = watch(run("n", ["x"], give), "n", ["data", "end"])
run("o", "text", join)
