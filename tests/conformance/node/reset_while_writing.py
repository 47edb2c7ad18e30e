"""A reset of the peer while a large write is under way: one error, for the reading side."""

from tracer import HOST, serve, settle, t, watch

from uvnet import net

peer = None


def on_connection(socket):
    global peer
    peer = socket
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C", ["connect", "end", "finish", "close"])
    client.resume()
    client.on("error", lambda err: t("C.error", err.code))

    def on_connect():
        client.write(bytes(20_000_000), lambda err: t("C.written", err.code))
        settle(peer.reset_and_destroy)

    client.on("connect", on_connect)


server = serve(on_connection, on_listening, pause_on_connect=True)
