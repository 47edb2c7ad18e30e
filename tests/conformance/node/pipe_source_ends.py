"""The end of the source ends the destination, which can still be read."""

from tracer import HOST, collect, serve, settle, watch

from uvnet import net

sockets = []


def on_connection(socket):
    sockets.append(socket)
    if len(sockets) < 2:
        return
    destination, source = sockets
    watch(destination, "D", ["pipe", "unpipe", "end", "finish", "close"])
    watch(source, "S", ["end", "finish", "close"])
    collect(destination, "D")
    source.pipe(destination)
    server.close()


def on_listening(port):
    def on_first():
        net.connect(port, HOST).end("hello")

    first = net.connect(on_first, port=port, host=HOST, allow_half_open=True)
    collect(first, "C")
    first.on("end", lambda: settle(lambda: first.end("late")))


server = serve(on_connection, on_listening)
