"""20 MB in one write: false, and 'drain' before the write's callback."""

from tracer import HOST, serve, t, watch

from uvnet import net

SIZE = 20_000_000


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
    client.resume()

    def on_connect():
        t(
            "C.write",
            client.write(bytes(SIZE), lambda err: t("C.written", err)),
            writable_length=client.writable_length,
            bytes_written=client.bytes_written,
            need_drain=client.writable_need_drain,
        )

    def on_drain():
        t("C.state", writable_length=client.writable_length, need_drain=client.writable_need_drain)
        client.end()

    client.on("connect", on_connect)
    client.on("drain", on_drain)


server = serve(on_connection, on_listening)
