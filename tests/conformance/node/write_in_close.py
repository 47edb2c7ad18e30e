"""write() in 'close', after destroy()."""

from tracer import HOST, nt, serve, t, watch

from uvnet import net


def on_connection(socket):
    socket.resume()
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.on("connect", client.destroy)

    def on_close(had_error):
        t("C.write", client.write("x", lambda err: t("C.written", err)))
        nt("C.nt")

    client.on("close", on_close)


server = serve(on_connection, on_listening)
