"""A reset of the peer, with a 'data' listener that is paused: the data is lost."""

from tracer import HOST, serve, settle, t, watch

from uvnet import net


def on_connection(socket):
    socket.write("data")
    settle(socket.reset_and_destroy)
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.on("data", lambda chunk: t("C.data", chunk))
    client.pause()
    client.on("close", lambda had_error: client.resume())


server = serve(on_connection, on_listening)
