"""Over a path: 5 MB through an echo server."""

from tracer import t, temp_path, watch

from uvnet import net

SIZE = 5_000_000
path = temp_path()


def on_connection(socket):
    watch(socket, "S", ["pipe", "unpipe", "end", "finish", "close"])
    socket.pipe(socket)
    server.close()


def on_listening():
    client = watch(net.connect(path), "C", ["end", "finish", "close"])
    total = 0

    def on_data(chunk):
        nonlocal total
        total += sum(chunk)

    client.on("data", on_data)
    client.on("end", lambda: t("C.received", client.bytes_read, total))
    client.end(b"0123456789" * (SIZE // 10))


server = net.create_server(on_connection)
server.listen(path, on_listening)
