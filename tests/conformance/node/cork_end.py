"""end() lets go what is corked."""

from tracer import HOST, collect, serve, t, watch

from uvnet import net


def on_connection(socket):
    collect(socket, "S")
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.resume()

    def on_connect():
        client.cork()
        client.write("a", lambda err: t("C.written_a", err))
        client.write("b", lambda err: t("C.written_b", err))
        t("C.state", corked=client.writable_corked, writable_length=client.writable_length)
        client.end("c", lambda err: t("C.end_callback", err))
        t("C.state", corked=client.writable_corked, writable_length=client.writable_length)

    client.on("connect", on_connect)


server = serve(on_connection, on_listening)
