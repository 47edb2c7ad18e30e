"""No 'timeout' once the socket is closed."""

from tracer import HOST, later, serve, t, watch

from uvnet import net


def on_connection(socket):
    socket.resume()
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.resume()

    def on_connect():
        client.set_timeout(60)
        client.destroy()
        later(180, lambda: t("C.later", timeout=client.timeout))

    client.on("connect", on_connect)


server = serve(on_connection, on_listening)
