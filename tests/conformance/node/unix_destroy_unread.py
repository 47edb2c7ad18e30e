"""Over a path: destroy() with unread data resets the peer, as over TCP."""

from tracer import settle, temp_path, watch

from uvnet import net

path = temp_path()


def on_connection(socket):
    watch(socket, "S", ["end", "finish", "error", "close"]).write("unread")
    socket.resume()
    server.close()


def on_listening():
    client = watch(net.connect(path), "C")
    client.pause()
    client.on("connect", lambda: settle(client.destroy))


server = net.create_server(on_connection)
server.listen(path, on_listening)
