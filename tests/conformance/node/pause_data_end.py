"""The end of a peer behind data that waits in a paused socket: it comes after the data."""

from tracer import HOST, serve, settle, t, watch

from uvnet import net


def on_connection(socket):
    socket.end("abc")
    socket.resume()
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.on("data", lambda chunk: t("C.data", chunk))
    client.pause()

    def resume():
        t(
            "C.state",
            readable_length=client.readable_length,
            readable_ended=client.readable_ended,
        )
        client.resume()
        t("C.sync")

    client.on("connect", lambda: settle(resume))


server = serve(on_connection, on_listening)
