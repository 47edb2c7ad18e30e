"""Source and destination are destroyed in the middle of 20 MB."""

from tracer import HOST, serve, watch

from uvnet import net

sockets = []


def on_connection(socket):
    sockets.append(socket)
    if len(sockets) < 2:
        return
    watch(sockets[0], "D", ["pipe", "unpipe", "finish", "error", "close"])
    watch(socket, "S", ["end", "finish", "error", "close"])
    socket.pipe(sockets[0])
    server.close()


def on_listening(port):
    def on_first():
        net.connect(port, HOST).on("error", lambda err: None).end(bytes(20_000_000))

    def destroy(chunk):
        for socket in sockets:
            socket.destroy()

    first = net.connect(port, HOST, on_first)
    first.on("error", lambda err: None)
    first.once("data", destroy)


server = serve(on_connection, on_listening)
