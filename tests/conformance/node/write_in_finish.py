"""write() in 'finish' is a write after the end."""

from tracer import HOST, nt, serve, t, watch

from uvnet import net


def on_connection(socket):
    socket.resume()
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.resume()

    def on_finish():
        t("C.write", client.write("x", lambda err: t("C.written", err)))
        nt("C.nt")

    client.on("finish", on_finish)
    client.end()


server = serve(on_connection, on_listening)
