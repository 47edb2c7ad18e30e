"""onread: a reset of the peer is an 'error'."""

from tracer import HOST, serve, settle, t, watch

from uvnet import net


def on_connection(socket):
    socket.write("ab")
    settle(socket.reset_and_destroy)
    server.close()


def on_listening(port):
    onread = (bytearray(4), lambda size, data: t("C.onread", data[:size]))
    watch(net.connect(port=port, host=HOST, onread=onread), "C")


server = serve(on_connection, on_listening)
