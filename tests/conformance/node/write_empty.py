"""Writing nothing is no error: its callback is called, and no byte is sent."""

from tracer import HOST, collect, serve, t, watch

from uvnet import net


def on_connection(socket):
    collect(socket, "S")
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.resume()

    def on_connect():
        t("C.write", client.write("", lambda err: t("C.written", err)), client.bytes_written)
        t("C.write", client.write(b"", lambda err: t("C.written", err)), client.bytes_written)
        client.end("", lambda err: t("C.end_callback"))

    client.on("connect", on_connect)


server = serve(on_connection, on_listening)
