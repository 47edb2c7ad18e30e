"""500 messages to and fro."""

from tracer import HOST, serve, t, watch

from uvnet import net


def on_connection(socket):
    socket.set_no_delay()
    socket.on("data", lambda chunk: socket.write(chunk))
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    rounds = 0
    client.set_no_delay()

    def on_data(chunk):
        nonlocal rounds
        rounds += 1
        if rounds < 500:
            client.write("ping")
        else:
            client.end()

    client.on("data", on_data)
    client.on(
        "close",
        lambda had_error: t(
            "C.count", rounds, bytes_read=client.bytes_read, bytes_written=client.bytes_written
        ),
    )
    client.write("ping")


server = serve(on_connection, on_listening)
