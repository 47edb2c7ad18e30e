"""unpipe() in the middle of 5 MB, and pipe() once more: nothing is lost."""

from tracer import HOST, serve, settle, t, watch

from uvnet import net

SIZE = 5_000_000
sockets = []


def on_connection(socket):
    sockets.append(socket)
    if len(sockets) < 2:
        return
    watch(sockets[0], "D", ["pipe", "unpipe", "finish", "close"])
    socket.pipe(sockets[0])
    server.close()


def on_listening(port):
    size = 0

    def pipe_again(chunk):
        destination, source = sockets
        source.unpipe(destination)
        settle(lambda: source.pipe(destination))

    def on_data(chunk):
        nonlocal size
        size += len(chunk)

    first = net.connect(port, HOST, lambda: net.connect(port, HOST).end(bytes(SIZE)))
    first.once("data", pipe_again)
    first.on("data", on_data)
    first.on("end", lambda: t("C.end", size))


server = serve(on_connection, on_listening)
