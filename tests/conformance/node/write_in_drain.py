"""A large write in 'drain', before the callback of the one that has drained."""

from tracer import HOST, serve, t, watch

from uvnet import net

SIZE = 20_000_000


def on_connection(socket):
    socket.resume()
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.resume()

    def on_second():
        client.end(lambda err: t("C.end_callback"))

    def on_first():
        t("C.write", client.write(bytes(SIZE), lambda err: t("C.written", 2)))
        client.once("drain", on_second)

    client.on("connect", lambda: client.write(bytes(SIZE), lambda err: t("C.written", 1)))
    client.once("drain", on_first)


server = serve(on_connection, on_listening)
