"""The whole life of a connection over a path."""

from tracer import collect, temp_path, watch

from uvnet import net

path = temp_path()
server = watch(net.create_server(), "srv", ["listening", "connection", "close"])


def on_connection(socket):
    watch(socket, "S")
    socket.pipe(socket)
    server.close()


def on_listening():
    client = watch(net.connect(path), "C")
    collect(client, "C").end("hello")


server.on("connection", on_connection)
server.listen(path, on_listening)
