"""'timeout' is not repeated while nothing happens."""

from tracer import HOST, later, serve, t

from uvnet import net


def on_listening(port):
    client = net.connect(port, HOST)
    client.set_timeout(30)
    client.on("timeout", lambda: t("C.timeout"))

    def destroy():
        t("C.later")
        client.destroy()

    later(200, destroy)


server = serve(lambda socket: server.close(), on_listening)
