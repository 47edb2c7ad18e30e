"""resetAndDestroy() with a write pending: its callback is told, and it is no 'error'."""

from tracer import HOST, serve, settle, t, watch

from uvnet import net

peer = None


def on_connection(socket):
    global peer
    peer = socket
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.on("close", lambda had_error: peer.destroy())

    def reset():
        client.write(bytes(8_000_000), lambda err: t("C.written", err))
        client.reset_and_destroy()

    client.on("connect", lambda: settle(reset))


server = serve(on_connection, on_listening, pause_on_connect=True)
