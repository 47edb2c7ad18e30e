"""Aborting with a reason, with a write under way."""

from tracer import HOST, nt, serve, settle, t, watch

from uvnet import abort, net

peer = None
controller = abort.AbortController()


def on_connection(socket):
    global peer
    peer = socket
    server.close()


def on_listening(port):
    client = watch(net.connect(port=port, host=HOST, signal=controller.signal), "C")

    def write():
        client.write(bytes(20_000_000), lambda err: t("C.written", err))
        controller.abort(Exception("enough"))
        nt("C.nt")

    client.on("connect", lambda: settle(write))
    client.on("error", lambda err: t("C.cause", err.cause))
    client.on("close", lambda had_error: peer.destroy())


server = serve(on_connection, on_listening, pause_on_connect=True)
