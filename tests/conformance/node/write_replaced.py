"""write() that is replaced on a destination is what a pipe calls."""

from tracer import HOST, collect, serve, t, watch

from uvnet import net


def on_connection(socket):
    def write(chunk, *rest):
        t("S.write", chunk)
        return net.Socket.write(socket, chunk, *rest)

    socket.write = write
    socket.pipe(socket)
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.once("data", lambda chunk: client.end("two"))
    collect(client, "C").write("one ")


server = serve(on_connection, on_listening)
