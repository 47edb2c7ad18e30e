"""destroySoon() while connecting: what is written is still sent."""

from tracer import HOST, collect, serve, t, watch

from uvnet import net


def on_connection(socket):
    collect(socket, "S")
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.write("last words", lambda err: t("C.written", err))
    client.destroy_soon()
    t("C.sync", destroyed=client.destroyed)


server = serve(on_connection, on_listening)
