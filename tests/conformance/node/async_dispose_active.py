"""Disposal of a server that has a socket waits for it."""

from tracer import HOST, serve, settle, spawn, t, watch

from uvnet import net


def on_connection(socket):
    watch(socket, "S", ["close"]).resume()


def on_listening(port):
    watch(server, "srv", ["close"])
    client = net.connect(port, HOST)

    def destroy():
        t("srv.later", listening=server.listening)
        client.destroy()

    async def dispose():
        settle(destroy)
        async with server:
            pass
        t("srv.disposed")

    client.on("connect", lambda: settle(lambda: spawn(dispose())))


server = serve(on_connection, on_listening)
