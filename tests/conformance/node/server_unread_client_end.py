"""Data that the server does not read holds back the end of its socket, and of the client."""

from tracer import HOST, serve, settle, t, watch

from uvnet import net


def on_connection(socket):
    watch(socket, "S")

    def resume():
        t("S.state", readable_length=socket.readable_length, ready_state=socket.ready_state)
        socket.resume()

    settle(resume)
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.resume()
    client.end("unread")


server = serve(on_connection, on_listening)
