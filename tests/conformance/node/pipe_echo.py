"""socket.pipe(socket): the events and counters of an echo server."""

from tracer import HOST, serve, t, watch

from uvnet import net


def on_connection(socket):
    watch(socket, "S", ["pipe", "unpipe", "end", "prefinish", "finish", "error", "close"])
    t("S.same", socket.pipe(socket) is socket)
    t("S.state", readable_flowing=socket.readable_flowing, is_paused=socket.is_paused())
    socket.on(
        "close",
        lambda had_error: t(
            "S.count", bytes_read=socket.bytes_read, bytes_written=socket.bytes_written
        ),
    )
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")

    def on_data(chunk):
        t("C.data", chunk)
        if client.bytes_read < 9:
            client.write("two")
        else:
            client.end()

    client.on("data", on_data)
    client.write("one")


server = serve(on_connection, on_listening)
