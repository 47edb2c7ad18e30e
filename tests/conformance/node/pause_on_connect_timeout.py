"""A socket that is not resumed does not see what its peer sends: it is idle."""

from tracer import HOST, serve, t, watch

from uvnet import net


def on_connection(socket):
    def on_timeout():
        t("S.state", bytes_read=socket.bytes_read)
        socket.destroy()

    watch(socket, "S").set_timeout(30, on_timeout)
    server.close()


def on_listening(port):
    client = net.connect(port, HOST)
    client.on("error", lambda err: None)
    client.write("unread")


server = serve(on_connection, on_listening, pause_on_connect=True)
