"""What is written to the destination by hand keeps its place among what is piped."""

from tracer import HOST, collect, serve, settle, watch

from uvnet import net


def on_connection(socket):
    socket.write("<")
    socket.pipe(socket)
    socket.write(">")
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    collect(client, "C")
    client.on("connect", lambda: settle(lambda: client.end("hello")))


server = serve(on_connection, on_listening, allow_half_open=True)
