"""resume() is no use while somebody listens for 'readable'."""

from tracer import HOST, serve, settle, t, watch

from uvnet import net


def on_connection(socket):
    socket.end("abc")
    socket.resume()
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")

    def on_readable():
        client.resume()
        t("C.flowing", client.readable_flowing, client.is_paused())

    client.once("readable", lambda: settle(lambda: t("C.read", client.read())))
    client.on("readable", on_readable)
    client.on("data", lambda chunk: t("C.data", chunk))


server = serve(on_connection, on_listening)
