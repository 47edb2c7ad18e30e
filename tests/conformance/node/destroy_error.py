"""destroy(error) in 'connect': 'error' before ticks queued later, 'close' in the close phase."""

from tracer import HOST, im, nt, serve, t, watch

from uvnet import net


def on_connection(socket):
    watch(socket, "S").resume()
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")

    def on_connect():
        client.destroy(Exception("boom"))
        t("C.sync")
        nt("C.nt")
        im("C.im")

    client.on("connect", on_connect)


server = serve(on_connection, on_listening)
