"""A paused socket writes, and 'drain' comes."""

from tracer import HOST, serve, t, watch

from uvnet import net


def on_connection(socket):
    socket.resume()
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.pause()
    client.on("connect", lambda: t("C.write", client.write(bytes(20_000_000))))

    def on_drain():
        t("C.paused", client.is_paused())
        client.end()
        client.resume()

    client.on("drain", on_drain)


server = serve(on_connection, on_listening)
