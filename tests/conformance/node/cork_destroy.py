"""destroy() of a corked socket: what was held back fails."""

from tracer import HOST, collect, nt, serve, t, watch

from uvnet import net


def on_connection(socket):
    collect(socket, "S")
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")

    def on_connect():
        client.write("sent", lambda err: t("C.written_0", err))
        client.cork()
        client.write("a", lambda err: t("C.written_a", err))
        client.write("b", lambda err: t("C.written_b", err))
        client.destroy()
        t("C.sync", writable_length=client.writable_length, corked=client.writable_corked)
        nt("C.nt")

    client.on("connect", on_connect)


server = serve(on_connection, on_listening)
