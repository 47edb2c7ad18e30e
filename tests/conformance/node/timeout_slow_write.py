"""A long write that a slow peer takes bit by bit is no idleness, however long it takes."""

from tracer import HOST, later, serve, t, watch

from uvnet import net

SIZE = 16_000_000


def on_connection(socket):
    size = 0

    def on_data(chunk):
        nonlocal size
        size += len(chunk)
        socket.pause()
        later(2, socket.resume)

    socket.on("data", on_data)
    socket.on("end", lambda: t("S.end", size))
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.resume()

    def on_connect():
        client.set_timeout(200)
        client.end(bytes(SIZE), lambda err: client.set_timeout(0))

    client.on("connect", on_connect)


server = serve(on_connection, on_listening)
