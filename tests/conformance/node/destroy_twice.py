"""Only the first error counts; destroy() in 'close' does nothing."""

from tracer import HOST, serve, t, watch

from uvnet import net


def on_connection(socket):
    socket.resume()
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")

    def on_connect():
        client.destroy(Exception("first"))
        t("C.same", client.destroy(Exception("second")) is client)
        t("C.errored", client.errored)

    client.on("connect", on_connect)
    client.on("close", lambda had_error: client.destroy(Exception("third")))


server = serve(on_connection, on_listening)
