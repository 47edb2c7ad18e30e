"""connect() in 'close' of a socket that was destroyed with an error."""

from tracer import HOST, collect, serve, t, watch

from uvnet import net

connections = 0


def on_connection(socket):
    global connections
    connections += 1
    socket.resume()
    if connections == 2:
        socket.end("second")
        server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")

    def on_close(had_error):
        client.connect(port, HOST)
        t("C.state", errored=client.errored, destroyed=client.destroyed)
        collect(client, "C")

    client.once("connect", lambda: client.destroy(Exception("first")))
    client.once("close", on_close)


server = serve(on_connection, on_listening)
