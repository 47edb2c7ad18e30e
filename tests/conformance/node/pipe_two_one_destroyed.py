"""One of two destinations is destroyed in the middle: the other gets everything."""

from tracer import HOST, serve, t, watch

from uvnet import net

SIZE = 5_000_000
sockets = []


def on_connection(socket):
    sockets.append(socket)
    if len(sockets) < 3:
        return
    one, two, source = sockets
    watch(one, "D1", ["pipe", "unpipe", "error", "close"])
    watch(two, "D2", ["pipe", "unpipe", "finish", "error", "close"])
    watch(source, "S", ["end", "finish", "close"])
    source.pipe(one)
    source.pipe(two)
    server.close()


def on_listening(port):
    def on_first():
        second = net.connect(port, HOST, on_second)
        second.resume()
        second.on("end", lambda: t("C2.end", second.bytes_read))

    def on_second():
        net.connect(port, HOST).end(bytes(SIZE))

    first = net.connect(port, HOST, on_first)
    first.on("error", lambda err: None)
    first.once("data", lambda chunk: sockets[0].destroy())


server = serve(on_connection, on_listening)
