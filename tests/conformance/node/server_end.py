"""The server's side ends first."""

from tracer import HOST, serve, t, watch

from uvnet import net


def on_connection(socket):
    watch(socket, "S").resume()
    socket.end("bye", lambda error: t("S.end_callback"))
    socket.on("close", lambda had_error: t("srv.socket_close"))
    server.close()


def on_listening(port):
    watch(server, "srv", ["close"])
    client = watch(net.connect(port, HOST), "C")
    client.on("data", lambda chunk: t("C.data", chunk))


server = serve(on_connection, on_listening)
