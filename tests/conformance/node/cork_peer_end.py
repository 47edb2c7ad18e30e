"""The peer ends while the socket is corked: it ends itself, which lets everything go."""

from tracer import HOST, collect, serve, settle, t, watch

from uvnet import net


def on_connection(socket):
    collect(socket, "S")
    settle(socket.end)
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.resume()

    def on_connect():
        client.cork()
        client.write("held", lambda err: t("C.written", err))

    client.on("connect", on_connect)


server = serve(on_connection, on_listening, allow_half_open=True)
