"""The end of a peer that has sent nothing is seen without any reader."""

from tracer import HOST, serve, watch

from uvnet import net


def on_connection(socket):
    watch(socket, "S").end()
    server.close()


def on_listening(port):
    watch(net.connect(port, HOST), "C")


server = serve(on_connection, on_listening)
