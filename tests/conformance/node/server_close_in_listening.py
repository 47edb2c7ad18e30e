"""close() inside 'listening': the connection that comes at once is refused or reset."""

from tracer import HOST, t, watch

from uvnet import net


def on_listening():
    port = server.address().port
    server.close(lambda err: t("srv.callback", server.listening))
    client = net.connect(port, HOST)
    client.on("error", lambda err: t("C.error", err.code))
    client.on("close", lambda had_error: t("C.close", had_error))


server = watch(net.create_server(), "srv", ["listening", "connection", "close"])
server.listen(0, HOST, on_listening)
