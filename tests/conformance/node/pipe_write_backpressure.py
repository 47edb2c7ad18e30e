"""A write by hand into a destination that is held back by its reader: it keeps its place."""

from tracer import HOST, serve, settle, t

from uvnet import net

SIZE = 10_000_000
client = None


def on_connection(socket):
    socket.pipe(socket, end=False)

    def write():
        socket.write("!", lambda err: t("S.written", err))
        t("S.state", bytes_written=socket.bytes_written <= socket.bytes_read + 1)
        client.resume()

    settle(write, 30)
    socket.on("end", socket.end)
    server.close()


def on_listening(port):
    global client
    client = net.connect(port, HOST)
    marks = 0

    def on_data(chunk):
        nonlocal marks
        marks += chunk.count(b"!")

    client.on("data", on_data)
    client.on("end", lambda: t("C.end", client.bytes_read, marks=marks))
    client.pause()
    client.end(bytes(SIZE))


server = serve(on_connection, on_listening, allow_half_open=True)
