"""What waits for a connection that is given up, and the next connection."""

from tracer import HOST, collect, serve, t, watch

from uvnet import net

DIFFERS = "it is given up with its connection: not written to the next one, and not counted"


def on_connection(socket):
    collect(socket, "S")
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.write("first", lambda err: t("C.written", err))
    client.destroy()

    def on_close(had_error):
        t("C.state", bytes_written=client.bytes_written)
        client.connect(port, HOST, lambda: client.end("second"))
        client.resume()

    client.once("close", on_close)


server = serve(on_connection, on_listening)
