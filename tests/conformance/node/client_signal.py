"""Aborting destroys a client with an AbortError."""

from tracer import HOST, message, nt, serve, t, watch

from uvnet import net
from uvnet.abort import AbortController

controller = AbortController()


def on_connection(socket):
    socket.resume()
    server.close()


def on_listening(port):
    client = watch(net.connect(port=port, host=HOST, signal=controller.signal), "C")

    def on_connect():
        controller.abort()
        t("C.sync", destroyed=client.destroyed)
        nt("C.nt")

    def on_error(err):
        t("C.message", message(err), name=type(err).__name__, cause=type(err.cause).__name__)

    client.on("connect", on_connect)
    client.on("error", on_error)


server = serve(on_connection, on_listening)
