"""pause() in every 'data', and resume() later: 1 MB arrives as a whole."""

from tracer import HOST, serve, t, watch

import uvnet
from uvnet import net

SIZE = 1_000_000


def on_connection(socket):
    socket.end(bytes(SIZE))
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    size = 0

    def on_data(chunk):
        nonlocal size
        size += len(chunk)
        client.pause()
        uvnet.set_immediate(client.resume)

    client.on("data", on_data)
    client.on("end", lambda: t("C.size", size))


server = serve(on_connection, on_listening)
