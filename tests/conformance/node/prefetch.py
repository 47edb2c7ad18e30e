"""Neither paused nor consumed: the socket reads ahead, up to the high-water mark."""

from tracer import HOST, collect, serve, settle, t, watch

from uvnet import net


def on_connection(socket):
    socket.end("abc")
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")

    def consume():
        t(
            "C.later",
            readable_flowing=client.readable_flowing,
            bytes_read=client.bytes_read,
            readable_length=client.readable_length,
        )
        collect(client, "C")

    client.on("connect", lambda: settle(consume))


server = serve(on_connection, on_listening)
