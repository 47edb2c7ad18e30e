"""The iteration over a socket whose peer resets raises."""

from tracer import HOST, serve, settle, spawn, t, watch

from uvnet import net


def on_connection(socket):
    socket.write("one")
    settle(socket.reset_and_destroy)
    server.close()


async def iterate(port):
    client = watch(net.connect(port, HOST), "C", ["end", "error", "close"])
    try:
        async for chunk in client:
            t("C.chunk", chunk)
    except OSError as exc:
        t("C.caught", exc, destroyed=client.destroyed)


server = serve(on_connection, lambda port: spawn(iterate(port)))
