"""A 'data' listener that is added inside another one gets the next chunk."""

from tracer import HOST, serve, settle, t, watch

from uvnet import net

peer = None


def on_connection(socket):
    global peer
    peer = socket
    socket.write("one")
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")

    def on_first(chunk):
        t("C.once", chunk)
        client.on("data", lambda chunk: t("C.inner", chunk))
        settle(lambda: peer.end("two"))

    client.once("data", on_first)
    client.on("data", lambda chunk: t("C.outer", chunk))


server = serve(on_connection, on_listening)
