"""connect() after 'close' starts a second life, with counters from zero."""

from tracer import HOST, serve, t, watch

from uvnet import net

connections = 0


def on_connection(socket):
    global connections
    connections += 1
    socket.end(f"hi {connections}")
    socket.resume()
    if connections == 2:
        server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.on("data", lambda chunk: t("C.data", chunk))

    def state():
        return {
            "destroyed": client.destroyed,
            "connecting": client.connecting,
            "bytes_read": client.bytes_read,
        }

    def on_close(had_error):
        t("C.state", **state())
        client.connect(port, HOST)
        t("C.sync", **state())

    client.once("close", on_close)


server = serve(on_connection, on_listening)
