"""A half-open server answers inside 'end'."""

from tracer import HOST, collect, serve, t, watch

from uvnet import net


def on_connection(socket):
    collect(watch(socket, "S"), "S")

    def on_end():
        socket.end("answer", lambda err: t("S.end_callback"))
        t("S.state", ready_state=socket.ready_state, writable_ended=socket.writable_ended)

    socket.on("end", on_end)
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    collect(client, "C").end("question")


server = serve(on_connection, on_listening, allow_half_open=True)
