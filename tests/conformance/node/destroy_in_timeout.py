"""destroy(error) in 'timeout', with a write under way."""

from tracer import HOST, serve, t, watch

from uvnet import net

peer = None


def on_connection(socket):
    global peer
    peer = socket
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")

    def on_connect():
        client.write(bytes(20_000_000), lambda err: t("C.written", err))
        client.end(lambda err: t("C.end_callback", err))
        client.set_timeout(20, lambda: client.destroy(Exception("idle")))

    client.on("connect", on_connect)
    client.on("close", lambda had_error: peer.destroy())


server = serve(on_connection, on_listening, pause_on_connect=True)
