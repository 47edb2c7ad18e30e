"""A 'readable' listener stops a pipe; when it is gone the pipe goes on."""

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

    def listener():
        t("S.readable", readable_length=peer.readable_length)

    def on_first(chunk):
        peer.on("readable", listener)
        client.write("two")
        settle(unlisten)

    def unlisten():
        t("S.state", readable_flowing=peer.readable_flowing)
        peer.off("readable", listener)
        settle(lambda: client.end("three"))

    client.once("data", on_first)
    collect(client, "C").write("one")


server = serve(on_connection, on_listening)
