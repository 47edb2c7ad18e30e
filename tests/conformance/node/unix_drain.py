"""Over a path: 20 MB in one write, 'drain', and the callback."""

from tracer import t, temp_path, watch

from uvnet import net

SIZE = 20_000_000
path = temp_path()


def on_connection(socket):
    size = 0

    def on_data(chunk):
        nonlocal size
        size += len(chunk)

    socket.on("data", on_data)
    socket.on("end", lambda: t("S.end", size))
    server.close()


def on_listening():
    client = watch(net.connect(path), "C")
    client.resume()

    def on_connect():
        t("C.write", client.write(bytes(SIZE), lambda err: t("C.written", err)))
        t("C.state", writable_length=client.writable_length, bytes_written=client.bytes_written)

    client.on("connect", on_connect)
    client.on("drain", client.end)


server = net.create_server(on_connection)
server.listen(path, on_listening)
