"""Request and response, the end of one being the start of the other."""

from tracer import HOST, collect, serve, watch

from uvnet import net


def on_connection(socket):
    collect(socket, "S")
    socket.on("end", lambda: socket.end("response"))
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    collect(client, "C").end("request")


server = serve(on_connection, on_listening, allow_half_open=True)
