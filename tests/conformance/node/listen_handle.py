"""A server listens on the handle of a server, or on anything that has one."""

from tracer import HOST, serve, t, watch

from uvnet import net


def on_listening(port):
    second = watch(net.create_server(), "srv", ["listening", "close"])

    def on_connection(socket):
        t("srv.connection", same=socket.server is second)
        socket.end()
        second.close()

    def on_second_listening():
        t("srv.address", second.address())
        net.connect(port, HOST).resume()

    second.on("connection", on_connection)
    second.listen(first, on_second_listening)


first = serve(lambda socket: t("- never"), on_listening)
