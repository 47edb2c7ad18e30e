"""end() with the answer inside 'data'."""

from tracer import HOST, serve, t, watch

from uvnet import net


def on_connection(socket):
    watch(socket, "S")

    def on_data(chunk):
        socket.end(b"echo " + chunk, lambda err: t("S.end_callback"))
        t(
            "S.state",
            writable_ended=socket.writable_ended,
            writable_length=socket.writable_length,
        )

    socket.on("data", on_data)
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.on("data", lambda chunk: t("C.data", chunk))
    client.write("hello")


server = serve(on_connection, on_listening)
