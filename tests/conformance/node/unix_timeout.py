"""Over a path: 'timeout', and the end in it."""

from tracer import temp_path, watch

from uvnet import net

path = temp_path()


def on_connection(socket):
    socket.resume()
    server.close()


def on_listening():
    client = watch(net.connect(path), "C")
    client.resume()
    client.on("connect", lambda: client.set_timeout(20, lambda: client.end()))


server = net.create_server(on_connection)
server.listen(path, on_listening)
