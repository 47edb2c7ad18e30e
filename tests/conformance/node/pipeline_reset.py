"""pipeline() of two sockets: a reset of the source's peer destroys the destination too."""

from tracer import HOST, collect, serve, t, watch

from uvnet import net, stream

sockets = []


def on_connection(socket):
    sockets.append(socket)
    if len(sockets) < 2:
        return
    destination, source = sockets
    watch(destination, "D", ["end", "finish", "error", "close"])
    watch(source, "S", ["end", "finish", "error", "close"])
    stream.pipeline(source, destination, lambda err, value: t("S.done", err))
    server.close()


def on_listening(port):
    def on_first():
        second = net.connect(port, HOST)
        second.write("x")
        first.once("data", lambda chunk: second.reset_and_destroy())

    first = net.connect(port, HOST, on_first)
    collect(first, "C")


server = serve(on_connection, on_listening)
