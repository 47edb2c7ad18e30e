"""The peer ends while 5 MB are queued here: they are written before the socket ends itself."""

from tracer import HOST, serve, t, watch

from uvnet import net

SIZE = 5_000_000


def on_connection(socket):
    size = 0

    def on_data(chunk):
        nonlocal size
        size += len(chunk)

    socket.on("data", on_data)
    socket.on("end", lambda: t("S.end", size))
    socket.end()
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.resume()
    client.on("connect", lambda: client.write(bytes(SIZE), lambda err: t("- written", err)))


server = serve(on_connection, on_listening)
