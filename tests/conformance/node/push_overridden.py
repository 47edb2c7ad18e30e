"""A class that overrides push() sees every chunk, and may change it."""

from tracer import HOST, serve, t, watch

from uvnet import net


class Upper(net.Socket):
    def push(self, chunk, encoding=None):
        return super().push(chunk and chunk.upper(), encoding)


def on_connection(socket):
    socket.end("hello")
    socket.resume()
    server.close()


def on_listening(port):
    client = watch(Upper(), "C")
    client.connect(port, HOST)
    client.on("data", lambda chunk: t("C.data", chunk))


server = serve(on_connection, on_listening)
