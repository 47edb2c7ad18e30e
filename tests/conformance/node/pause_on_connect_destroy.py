"""destroy() of a socket that was never resumed."""

from tracer import HOST, serve, settle, t, watch

from uvnet import net


def on_connection(socket):
    watch(socket, "S")
    socket.on("data", lambda chunk: t("S.data", chunk))

    def destroy():
        socket.destroy()
        t("S.state", bytes_read=socket.bytes_read)

    settle(destroy)
    server.close()


def on_listening(port):
    client = net.connect(port, HOST)
    client.on("error", lambda err: None)
    client.write("unread")


server = serve(on_connection, on_listening, pause_on_connect=True)
