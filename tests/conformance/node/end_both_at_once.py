"""Both ends end in their first callback."""

from tracer import HOST, collect, serve, watch

from uvnet import net


def on_connection(socket):
    collect(watch(socket, "S"), "S").end("from S")
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    collect(client, "C").end("from C")


server = serve(on_connection, on_listening)
