"""The second close() emits 'close' once more, and its callback gets an error."""

from tracer import serve, t, watch


def on_listening(port):
    watch(server, "srv", ["close"])
    server.close(lambda err: t("srv.callback_1", err))
    server.close(lambda err: t("srv.callback_2", err))


server = serve(lambda socket: None, on_listening)
