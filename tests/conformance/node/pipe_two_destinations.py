"""One source, two destinations: each gets everything."""

from tracer import HOST, collect, serve, watch

from uvnet import net

sockets = []


def on_connection(socket):
    sockets.append(socket)
    if len(sockets) < 3:
        return
    watch(sockets[0], "D1", ["pipe", "unpipe", "finish", "close"])
    watch(sockets[1], "D2", ["pipe", "unpipe", "finish", "close"])
    watch(socket, "S", ["end", "finish", "close"])
    socket.pipe(sockets[0])
    socket.pipe(sockets[1])
    server.close()


def on_listening(port):
    def on_first():
        collect(net.connect(port, HOST, on_second), "C2")

    def on_second():
        net.connect(port, HOST).end("hello")

    collect(net.connect(port, HOST, on_first), "C1")


server = serve(on_connection, on_listening)
