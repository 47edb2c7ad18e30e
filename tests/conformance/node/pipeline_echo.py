"""pipeline() of a socket into itself."""

from tracer import HOST, collect, serve, t, watch

from uvnet import net, stream


def on_connection(socket):
    watch(socket, "S", ["pipe", "unpipe", "end", "finish", "error", "close"])
    stream.pipeline(socket, socket, lambda err, value: t("S.done", err))
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    collect(client, "C").end("hello")


server = serve(on_connection, on_listening, allow_half_open=True)
