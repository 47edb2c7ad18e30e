"""An exception in 'listening': the server listens."""

from tracer import HOST, settle, t, trace_uncaught, watch

from uvnet import net

trace_uncaught("srv")


def on_listening():
    port = server.address().port
    client = net.connect(port, HOST, lambda: settle(server.close))
    client.on("close", lambda had_error: t("C.close"))
    client.resume()
    raise Exception("in listening")


server = watch(net.create_server(), "srv", ["listening", "connection", "close"])
server.listen(0, HOST, on_listening)
server.on("connection", lambda socket: socket.end())
