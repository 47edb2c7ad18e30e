"""'timeout' tells, and does nothing more."""

from tracer import HOST, later, serve, t, watch

from uvnet import net


def on_connection(socket):
    socket.resume()
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")

    def on_connect():
        client.set_timeout(40, lambda: t("C.timeout_callback"))
        t("C.state", timeout=client.timeout)

    def destroy():
        t("C.later")
        client.destroy()

    def on_timeout():
        t("C.state", destroyed=client.destroyed)
        later(80, destroy)

    client.on("connect", on_connect)
    client.once("timeout", on_timeout)


server = serve(on_connection, on_listening)
