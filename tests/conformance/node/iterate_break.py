"""Leaving the iteration early destroys the socket."""

from tracer import HOST, serve, spawn, t, watch

from uvnet import net


def on_connection(socket):
    socket.on("error", lambda err: None)
    socket.write("one")
    server.close()


async def iterate(port):
    client = watch(net.connect(port, HOST), "C", ["end", "error", "close"])
    chunks = client.iterator()
    async for chunk in chunks:
        t("C.chunk", chunk)
        break
    await chunks.aclose()
    t("C.after", destroyed=client.destroyed)


server = serve(on_connection, lambda port: spawn(iterate(port)))
