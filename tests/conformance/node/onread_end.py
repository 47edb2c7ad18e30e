"""onread: the end of the peer, without anything before it."""

from tracer import HOST, serve, t, watch

from uvnet import net


def on_connection(socket):
    socket.end()
    socket.resume()
    server.close()


def on_listening(port):
    onread = (bytearray(4), lambda size, data: t("C.onread"))
    watch(net.connect(port=port, host=HOST, onread=onread), "C")


server = serve(on_connection, on_listening)
