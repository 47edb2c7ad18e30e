"""Destroying a stream closes the generator that feeds it."""

from tracer import settle, spawn, t, watch

from uvnet import stream

DIFFERS = "A stream that was destroyed does not end."

APART = True


def plain(name):
    try:
        t(f"{name}.start")
        yield "one"
        yield "two"
    except Exception as error:
        t(f"{name}.caught", error)
    finally:
        t(f"{name}.finally")


async def asynchronous(name):
    try:
        t(f"{name}-start")
        yield "one"
        yield "two"
    except Exception as error:
        t(f"{name}.caught", error)
    finally:
        t(f"{name}.finally")


def start(end, generator, error):
    r = watch(stream.Readable.from_(generator(end)), end)

    def on_data(chunk):
        t(f"{end}.data", chunk)
        r.destroy(error)

    r.once("data", on_data)


def custom(end, generator):
    def destroy(r, error, callback):
        t(f"{end}.destroy", error)
        callback(error)

    r = watch(stream.Readable.from_(generator(end), destroy=destroy), end)
    r.read()
    settle(r.destroy)


async def loop():
    async for chunk in stream.Readable.from_(plain("loop")):
        t("loop.chunk", chunk)
        break


for name, generator in [("p", plain), ("q", asynchronous)]:
    start(f"{name}n", generator, None)
    start(f"{name}e", generator, Exception("why"))
    unused = watch(stream.Readable.from_(generator(f"{name}u")), f"{name}u")
    unused.destroy()
    custom(f"{name}d", generator)
spawn(loop())
