"""destroy() in the callback of end(), which comes before 'finish'."""

from tracer import HOST, serve, t, watch

from uvnet import net


def on_connection(socket):
    socket.resume()
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.resume()

    def on_written(err):
        t("C.end_callback", err)
        client.destroy()

    client.on("connect", lambda: client.end("x", on_written))


server = serve(on_connection, on_listening)
