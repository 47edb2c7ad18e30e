"""Over a path: onread into one buffer."""

from tracer import t, temp_path, watch

from uvnet import net

path = temp_path()


def on_connection(socket):
    socket.end("hello")
    socket.resume()
    server.close()


def on_listening():
    onread = (bytearray(3), lambda size, data: t("C.onread", size, data[:size]))
    watch(net.connect(path=path, onread=onread), "C")


server = net.create_server(on_connection)
server.listen(path, on_listening)
