"""unshift() in 'data' brings the rest back, before what comes next."""

from tracer import HOST, collect, serve, settle, t, watch

from uvnet import net


def on_connection(socket):
    socket.end("head\nbody")
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")

    def on_data(chunk):
        cut = chunk.index(b"\n")
        t("C.head", chunk[:cut])
        client.pause()
        client.unshift(chunk[cut + 1 :])
        settle(lambda: collect(client, "C").resume())

    client.once("data", on_data)


server = serve(on_connection, on_listening)
