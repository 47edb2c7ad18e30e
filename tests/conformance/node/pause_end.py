"""The bare end of a peer is seen by a paused socket too."""

from tracer import HOST, serve, t, watch

from uvnet import net


def on_connection(socket):
    socket.end()
    socket.resume()
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.on("data", lambda chunk: None)
    client.pause()
    client.on("end", lambda: t("C.paused", client.is_paused()))


server = serve(on_connection, on_listening)
