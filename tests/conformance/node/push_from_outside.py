"""push() by somebody else goes in between what the peer sends."""

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

    def push():
        t("C.push", client.push("two"), bytes_read=client.bytes_read)
        peer.end("three")

    client.once("data", lambda chunk: settle(push))
    client.on("data", lambda chunk: t("C.data", chunk))


server = serve(on_connection, on_listening)
