"""cork() of a destination that data flows through already."""

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

    def cork(chunk):
        peer.cork()
        client.write("two")
        settle(uncork)

    def uncork():
        t("S.state", writable_length=peer.writable_length)
        t("C.state", bytes_read=client.bytes_read)
        peer.uncork()
        client.end("three")

    client.once("data", cork)
    collect(client, "C").write("one")


server = serve(on_connection, on_listening)
