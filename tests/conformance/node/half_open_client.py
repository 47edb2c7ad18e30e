"""A client with allowHalfOpen writes long after the server has ended."""

from tracer import HOST, collect, serve, settle, t, watch

from uvnet import net


def on_connection(socket):
    watch(socket, "S").end("a")
    collect(socket, "S")
    server.close()


def on_listening(port):
    client = watch(net.connect(port=port, host=HOST, allow_half_open=True), "C")
    client.resume()

    def write_late():
        client.write("late")
        client.end()

    def on_end():
        t("C.state", ready_state=client.ready_state)
        settle(write_late)

    client.on("end", on_end)


server = serve(on_connection, on_listening)
