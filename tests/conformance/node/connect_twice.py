"""connect() while connecting."""

from tracer import HOST, attempt, serve, settle, t, watch

from uvnet import net


def on_connection(socket):
    t("S.connection")
    socket.resume()


def on_listening(port):
    client = watch(net.connect(port, HOST, lambda: t("C.callback_1")), "C")
    attempt("C.connect", lambda: client.connect(port, HOST, lambda: t("C.callback_2")))

    def stop():
        client.destroy()
        server.close()

    settle(stop)


server = serve(on_connection, on_listening)
