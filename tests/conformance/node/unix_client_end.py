"""Over a path: the client ends first."""

from tracer import collect, t, temp_path, watch

from uvnet import net

path = temp_path()


def on_connection(socket):
    collect(watch(socket, "S"), "S")
    server.close()


def on_listening():
    client = watch(net.connect(path), "C")
    client.resume()
    client.on("connect", lambda: client.end("x", lambda err: t("C.end_callback")))


server = watch(net.create_server(), "srv", ["listening", "connection", "close"])
server.on("connection", on_connection)
server.listen(path, on_listening)
