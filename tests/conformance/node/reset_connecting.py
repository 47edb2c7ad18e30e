"""resetAndDestroy() while connecting waits for the connection."""

from tracer import HOST, serve, t, watch

from uvnet import net


def on_connection(socket):
    watch(socket, "S").resume()
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.reset_and_destroy()
    t("C.sync", destroyed=client.destroyed)


server = serve(on_connection, on_listening)
