"""destroy(error) with writes queued: their callbacks, 'error' and 'close'."""

from tracer import HOST, nt, serve, settle, t, watch

from uvnet import net

peer = None


def on_connection(socket):
    global peer
    peer = socket
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")

    def destroy():
        client.write(bytes(20_000_000), lambda err: t("C.written_1", err))
        client.write("b", lambda err: t("C.written_2", err))
        client.destroy(Exception("boom"))
        t("C.sync")
        nt("C.nt")

    client.on("connect", lambda: settle(destroy))
    client.on("close", lambda had_error: peer.destroy())


server = serve(on_connection, on_listening, pause_on_connect=True)
