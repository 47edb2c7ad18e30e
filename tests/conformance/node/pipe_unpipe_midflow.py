"""unpipe() in the middle of 5 MB: what the destination did not get is still there."""

from tracer import HOST, serve, settle, t, watch

from uvnet import net

SIZE = 5_000_000
sockets = []
received = rest = 0


def unpipe(chunk):
    destination, source = sockets
    source.unpipe(destination)
    t("S.unpiped", readable_flowing=source.readable_flowing, is_paused=source.is_paused())

    def on_data(chunk):
        global rest
        rest += len(chunk)

    source.on("data", on_data)
    source.on("end", destination.end)
    settle(source.resume)


def on_connection(socket):
    sockets.append(socket)
    if len(sockets) < 2:
        return
    watch(socket, "S", ["end", "finish", "close"])
    socket.pipe(sockets[0])
    server.close()


def on_listening(port):
    def on_data(chunk):
        global received
        received += len(chunk)

    first = net.connect(port, HOST, lambda: net.connect(port, HOST).end(bytes(SIZE)))
    first.once("data", unpipe)
    first.on("data", on_data)
    first.on("end", lambda: t("- total", received + rest))


server = serve(on_connection, on_listening)
