"""A long write that does not move any more is idleness."""

from tracer import HOST, serve, t, watch

from uvnet import net

peer = None


def on_connection(socket):
    global peer
    peer = socket
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.resume()

    def on_connect():
        client.write(bytes(20_000_000), lambda err: t("C.written", err))
        client.set_timeout(30)

    client.on("connect", on_connect)
    client.on("timeout", client.destroy)
    client.on("close", lambda had_error: peer.destroy())


server = serve(on_connection, on_listening, pause_on_connect=True)
