"""A piped source with an encoding."""

from tracer import HOST, collect, serve, watch

from uvnet import net


def on_connection(socket):
    socket.set_encoding("hex")
    socket.pipe(socket)
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    collect(client, "C").end("hello")


server = serve(on_connection, on_listening)
