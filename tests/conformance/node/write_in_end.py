"""A write inside 'end' still succeeds: the socket ends itself one tick later."""

from tracer import HOST, collect, serve, t, watch

from uvnet import net


def on_connection(socket):
    collect(socket, "S").end()
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.resume()

    def on_end():
        t("C.write", client.write("last", lambda err: t("C.written", err)))

    client.on("end", on_end)


server = serve(on_connection, on_listening)
