"""A 'data' listener that was there before pipe()."""

from tracer import HOST, collect, serve, t, watch

from uvnet import net


def on_connection(socket):
    watch(socket, "S", ["pipe", "unpipe", "end", "finish", "close"])
    socket.on("data", lambda chunk: t("S.data", chunk))
    socket.pipe(socket)
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    collect(client, "C").end("hello")


server = serve(on_connection, on_listening)
