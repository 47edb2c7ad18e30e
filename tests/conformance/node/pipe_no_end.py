"""pipe() with end false: the destination stays open, and can be written to."""

from tracer import HOST, collect, serve, settle, t, watch

from uvnet import net


def on_connection(socket):
    watch(socket, "S", ["pipe", "unpipe", "end", "finish", "close"])
    socket.pipe(socket, end=False)

    def bye():
        t("S.later", writable=socket.writable)
        socket.end("bye")

    socket.on("end", lambda: settle(bye))
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    collect(client, "C").end("hello ")


server = serve(on_connection, on_listening, allow_half_open=True)
