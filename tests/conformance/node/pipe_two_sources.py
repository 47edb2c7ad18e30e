"""Two sources, one after the other, into one destination."""

from tracer import HOST, collect, serve, watch

from uvnet import net

sockets = []


def on_connection(socket):
    sockets.append(socket)
    if len(sockets) < 3:
        return
    destination, one, two = sockets
    watch(destination, "D", ["pipe", "unpipe", "finish", "close"])
    one.pipe(destination, end=False)
    one.on("end", lambda: two.pipe(destination))
    server.close()


def on_listening(port):
    def on_first():
        net.connect(port, HOST, on_second).end("one ")

    def on_second():
        net.connect(port, HOST).end("two")

    first = net.connect(port, HOST, on_first)
    collect(first, "C")


server = serve(on_connection, on_listening)
