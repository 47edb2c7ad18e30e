"""unshift() into a source that is piped already."""

from tracer import HOST, collect, serve, settle, t, watch

from uvnet import net

peer = None


def on_connection(socket):
    global peer
    peer = socket
    socket.pipe(socket)
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")

    def on_first(chunk):
        peer.unshift(" two ")
        t("S.state", readable_length=peer.readable_length, bytes_read=peer.bytes_read)
        settle(lambda: client.end("three"))

    client.once("data", on_first)
    collect(client, "C").write("one")


server = serve(on_connection, on_listening)
