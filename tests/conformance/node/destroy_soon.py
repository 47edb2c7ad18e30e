"""destroySoon() writes what is queued, and does not wait for the peer's end."""

from tracer import HOST, serve, t, watch

from uvnet import net

SIZE = 4_000_000


def on_connection(socket):
    size = 0

    def on_data(chunk):
        nonlocal size
        size += len(chunk)

    socket.on("data", on_data)
    socket.on("end", lambda: t("S.end", size))
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")

    def on_connect():
        client.write(bytes(SIZE))
        client.destroy_soon()
        t("C.sync", destroyed=client.destroyed, writable=client.writable)

    client.on("connect", on_connect)


server = serve(on_connection, on_listening)
