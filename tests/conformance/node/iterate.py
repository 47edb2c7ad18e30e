"""A socket is iterated over until its end, and is destroyed then."""

from tracer import HOST, serve, settle, spawn, t, watch

from uvnet import net


def on_connection(socket):
    socket.write("one")
    settle(lambda: socket.end("two"))
    server.close()


async def iterate(port):
    client = watch(net.connect(port, HOST), "C", ["close", "error"])
    async for chunk in client:
        t("C.chunk", chunk)
    t("C.after", destroyed=client.destroyed)


server = serve(on_connection, lambda port: spawn(iterate(port)))
