"""There is no reset for a pipe."""

from tracer import attempt, temp_path

from uvnet import net

path = temp_path()


def on_connection(socket):
    socket.resume()
    server.close()


def on_listening():
    client = net.connect(path)

    def on_connect():
        attempt("C.reset", client.reset_and_destroy)
        client.destroy()

    client.on("connect", on_connect)


server = net.create_server(on_connection)
server.listen(path, on_listening)
