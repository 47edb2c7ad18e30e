"""destroySoon() twice: one 'finish', one 'close'."""

from tracer import HOST, collect, serve, t, watch

from uvnet import net


def on_connection(socket):
    collect(socket, "S")
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.resume()

    def on_connect():
        client.write("x")
        client.destroy_soon()
        client.destroy_soon()
        t("C.sync", destroyed=client.destroyed, writable_ended=client.writable_ended)

    client.on("connect", on_connect)


server = serve(on_connection, on_listening)
