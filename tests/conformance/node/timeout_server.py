"""The idle timeout of an accepted socket, and a graceful end in it."""

from tracer import HOST, collect, serve, watch

from uvnet import net


def on_connection(socket):
    watch(socket, "S").resume()
    socket.set_timeout(30, lambda: socket.end("idle"))
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    collect(client, "C")


server = serve(on_connection, on_listening)
