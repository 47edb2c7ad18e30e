"""The port is taken: 'error', no 'close', and the server can listen elsewhere."""

from tracer import HOST, message, nt, serve, t, watch

from uvnet import net


def on_listening(port):
    second = watch(net.create_server(), "srv", ["listening", "close", "error"])

    def on_error(err):
        t("srv.message", message(err))
        t("srv.error", syscall=err.syscall, address=err.address, port=err.port)
        t("srv.state", listening=second.listening)
        first.close()
        second.listen(0, HOST)

    def on_second_listening():
        t("srv.callback")
        second.close()

    second.on("error", on_error)
    second.listen(port, HOST, on_second_listening)
    t("srv.sync")
    nt("srv.nt")


first = serve(lambda socket: None, on_listening)
