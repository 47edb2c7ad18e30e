"""An unreferenced server does not keep the program alive."""

from tracer import at_exit, serve, t


def on_listening(port):
    t("srv.unref", same=server.unref() is server)

    def on_exit():
        t("srv.exit", listening=server.listening)
        server.close()

    at_exit(on_exit)


server = serve(lambda socket: None, on_listening)
