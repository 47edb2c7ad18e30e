"""listen() while it listens is refused; after close() it may be called in the same turn."""

from tracer import attempt, serve, t, watch


def on_listening(port):
    attempt("srv.listen", lambda: server.listen(0))
    server.close()

    def on_listening_again():
        t("srv.callback")
        server.close()

    server.listen(0, on_listening_again)


server = serve(lambda socket: None, on_listening)
watch(server, "srv", ["listening", "close"])
