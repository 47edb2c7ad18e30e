"""destroy() with 20 MB queued: every callback is told, and it is no 'error'."""

from tracer import HOST, nt, serve, settle, t, watch

from uvnet import net

peer = None


def on_connection(socket):
    global peer
    peer = socket
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.on("close", lambda had_error: peer.destroy())

    def destroy():
        client.destroy()
        t("C.sync")
        nt("C.nt")

    def on_connect():
        client.write(bytes(20_000_000), lambda err: t("C.written_1", err))
        client.write("b", lambda err: t("C.written_2", err))
        client.end(lambda err: t("C.end_callback", err))
        settle(destroy)

    client.on("connect", on_connect)


server = serve(on_connection, on_listening, pause_on_connect=True)
