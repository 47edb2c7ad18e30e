"""cork() twice needs uncork() twice; once too often does no harm."""

from tracer import HOST, collect, serve, t, watch

from uvnet import net


def on_connection(socket):
    collect(socket, "S")
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.resume()

    def state():
        t("C.state", corked=client.writable_corked, writable_length=client.writable_length)

    def on_connect():
        client.cork()
        client.write("a")
        client.cork()
        client.write("b")
        state()
        client.uncork()
        state()
        client.uncork()
        state()
        client.uncork()
        state()
        client.end()

    client.on("connect", on_connect)


server = serve(on_connection, on_listening)
