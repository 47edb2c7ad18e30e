"""A class that overrides emit() sees every event, 'data' too."""

from tracer import HOST, serve, t, watch

from uvnet import net


class Seen(net.Socket):
    def emit(self, event, *args):
        if event in ("data", "end"):
            t("C.emit", event)
        return super().emit(event, *args)


def on_connection(socket):
    socket.end("x")
    socket.resume()
    server.close()


def on_listening(port):
    client = watch(Seen(), "C")
    client.connect(port, HOST)
    client.on("data", lambda chunk: t("C.data", chunk))


server = serve(on_connection, on_listening)
