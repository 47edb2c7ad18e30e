"""Over a path: connect() after 'close'."""

from tracer import t, temp_path, watch

from uvnet import net

connections = 0
path = temp_path()


def on_connection(socket):
    global connections
    connections += 1
    socket.end(f"hi {connections}")
    socket.resume()
    if connections == 2:
        server.close()


def on_listening():
    client = watch(net.connect(path), "C")
    client.on("data", lambda chunk: t("C.data", chunk))
    client.once("close", lambda had_error: client.connect(path))


server = net.create_server(on_connection)
server.listen(path, on_listening)
