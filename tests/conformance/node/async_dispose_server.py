"""Disposal of a server closes it and waits for 'close'; once more is nothing."""

from tracer import serve, spawn, t, watch


async def dispose():
    async with server:
        pass
    t("srv.disposed", listening=server.listening)
    async with server:
        pass
    t("srv.again")


def on_listening(port):
    watch(server, "srv", ["close"])
    spawn(dispose())


server = serve(lambda socket: None, on_listening)
