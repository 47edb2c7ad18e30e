"""The counter of written bytes starts again with the second connection."""

from tracer import HOST, serve, t

from uvnet import net

connections = 0


def on_connection(socket):
    global connections
    connections += 1
    socket.resume()
    if connections == 2:
        server.close()


def on_listening(port):
    client = net.Socket()

    def connect():
        client.connect(port, HOST, lambda: client.end("abc"))

    client.on("close", lambda had_error: t("C.close", bytes_written=client.bytes_written))
    client.once("close", lambda had_error: connect())
    client.resume()
    connect()


server = serve(on_connection, on_listening)
