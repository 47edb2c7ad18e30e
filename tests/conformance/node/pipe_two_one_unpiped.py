"""One of two destinations is unpiped in the middle: the other gets everything."""

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
    source.pipe(one)
    source.pipe(two)
    server.close()


def on_listening(port):
    def on_first():
        def on_end():
            t("C2.end", second.bytes_read)
            sockets[0].end()

        second = net.connect(port, HOST, on_second)
        second.resume()
        second.on("end", on_end)

    def on_second():
        net.connect(port, HOST).end(bytes(SIZE))

    first = net.connect(port, HOST, on_first)
    first.resume()
    first.once("data", lambda chunk: sockets[2].unpipe(sockets[0]))


server = serve(on_connection, on_listening)
