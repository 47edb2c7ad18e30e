"""Small writes behind a large one: content and callbacks keep their order."""

from tracer import HOST, serve, t, watch

from uvnet import net

SIZE = 5_000_000


def on_connection(socket):
    size = 0
    last = b""

    def on_data(chunk):
        nonlocal size, last
        size += len(chunk)
        last = (last + chunk[-3:])[-3:]

    socket.on("data", on_data)
    socket.on("end", lambda: t("S.end", size, last))
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.resume()

    def on_connect():
        client.write(b"." * SIZE, lambda err: t("C.written", "large"))
        client.write("a", lambda err: t("C.written", "a"))
        client.write("b", lambda err: t("C.written", "b"))
        client.end("c", lambda err: t("C.written", "c"))

    client.on("connect", on_connect)


server = serve(on_connection, on_listening)
