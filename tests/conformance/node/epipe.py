"""A half-open client writes twice to a peer that is gone."""

from tracer import HOST, message, serve, settle, t, watch

from uvnet import net


def on_connection(socket):
    socket.destroy()
    server.close()


def on_listening(port):
    client = watch(net.connect(port=port, host=HOST, allow_half_open=True), "C")
    client.resume()

    def write_again():
        client.write("y", lambda err: t("C.written_2", err, message(err)))

    def on_end():
        client.write("x", lambda err: t("C.written_1", err))
        settle(write_again)

    client.on("end", on_end)


server = serve(on_connection, on_listening)
