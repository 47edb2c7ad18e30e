"""finished() tells when a socket is done in both directions."""

from tracer import HOST, collect, serve, t, watch

from uvnet import net, stream


def on_connection(socket):
    collect(socket, "S").end("x")
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.resume()
    stream.finished(client, lambda err: t("C.finished", err))
    client.end("y")


server = serve(on_connection, on_listening)
