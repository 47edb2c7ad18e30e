"""destroy() in 'ready', with data that waits to be read."""

from tracer import HOST, serve, t, watch

from uvnet import net


def on_connection(socket):
    socket.on("error", lambda err: None)
    socket.end("data")
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.on("data", lambda chunk: t("C.data", chunk))
    client.on("ready", client.destroy)


server = serve(on_connection, on_listening)
