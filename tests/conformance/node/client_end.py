"""The client ends first. Its callback precedes 'finish', and the server's 'close' its socket's."""

from tracer import HOST, serve, t, watch

from uvnet import net


def on_connection(socket):
    watch(socket, "S").resume()
    socket.on("close", lambda had_error: t("srv.socket_close"))
    server.close()


def on_listening(port):
    watch(server, "srv", ["close"])
    client = watch(net.connect(port, HOST), "C")
    client.resume()
    client.on("connect", lambda: client.end("x", lambda error: t("C.end_callback")))


server = serve(on_connection, on_listening)
