"""A server with allowHalfOpen answers after the client has ended."""

from tracer import HOST, serve, settle, t, watch

from uvnet import net


def on_connection(socket):
    watch(socket, "S").resume()

    def on_end():
        t("S.state", ready_state=socket.ready_state, allow_half_open=socket.allow_half_open)
        settle(lambda: socket.end("reply"))

    socket.on("end", on_end)
    server.close()


def on_listening(port):
    client = watch(net.connect(port=port, host=HOST), "C")
    client.on("data", lambda chunk: t("C.data", chunk))
    client.end("request")


server = serve(on_connection, on_listening, allow_half_open=True)
