"""Disposal of a socket that has not finished destroys it with an AbortError."""

from tracer import spawn, t, watch

from uvnet import net

socket = watch(net.Socket(), "C")


async def dispose():
    async with socket:
        pass
    t("C.disposed", destroyed=socket.destroyed)


spawn(dispose())
