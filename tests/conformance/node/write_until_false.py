"""Writing until write() answers False, again after every 'drain': everything arrives."""

from tracer import HOST, serve, t, watch

from uvnet import net

SIZE = 10_000_000
CHUNK = b"x" * 100_000


def on_connection(socket):
    size = 0

    def on_data(data):
        nonlocal size
        size += len(data)

    socket.on("data", on_data)
    socket.on("end", lambda: t("S.end", size))
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C", ["connect", "finish", "end", "close"])
    client.resume()

    def write():
        while client.bytes_written < SIZE:
            if not client.write(CHUNK):
                return
        client.end()

    client.on("connect", write)
    client.on("drain", write)


server = serve(on_connection, on_listening)
