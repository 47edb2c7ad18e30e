"""pause() and resume() in the same 'data': the flow goes on."""

from tracer import HOST, serve, settle, t, watch

from uvnet import net

peer = None


def on_connection(socket):
    global peer
    peer = socket
    socket.write("one")
    socket.resume()
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    watch(client, "C", ["pause", "resume"])

    def on_first(chunk):
        client.pause()
        t("C.flowing", client.readable_flowing)
        client.resume()
        t("C.flowing", client.readable_flowing)
        settle(lambda: peer.end("two"))

    client.once("data", on_first)
    client.on("data", lambda chunk: t("C.data", chunk))


server = serve(on_connection, on_listening)
