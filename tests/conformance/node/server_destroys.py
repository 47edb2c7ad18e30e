"""The server destroys its socket: the client sees an ordinary end."""

from tracer import HOST, serve, settle, watch

from uvnet import net


def on_connection(socket):
    watch(socket, "S")
    settle(socket.destroy)
    server.close()


def on_listening(port):
    watch(net.connect(port, HOST), "C").resume()


server = serve(on_connection, on_listening)
