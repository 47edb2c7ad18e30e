"""Aborting after 'close' is without effect."""

from tracer import HOST, serve, settle, t, watch

from uvnet import abort, net

controller = abort.AbortController()


def on_connection(socket):
    socket.end()
    socket.resume()
    server.close()


def on_listening(port):
    client = watch(net.connect(port=port, host=HOST, signal=controller.signal), "C")
    client.resume()

    def on_close(had_error):
        controller.abort()
        settle(lambda: t("C.state", errored=client.errored))

    client.on("close", on_close)


server = serve(on_connection, on_listening)
