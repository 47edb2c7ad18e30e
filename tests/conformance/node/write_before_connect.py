"""Writes before 'connect' are queued, and flushed inside it."""

from tracer import HOST, collect, serve, t, watch

from uvnet import net


def on_connection(socket):
    collect(socket, "S")
    socket.on("end", lambda: socket.end())
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.resume()
    t(
        "C.write",
        client.write("ab", lambda err: t("C.written_1")),
        bytes_written=client.bytes_written,
        writable_length=client.writable_length,
    )
    t(
        "C.write",
        client.write("cde", lambda err: t("C.written_2")),
        bytes_written=client.bytes_written,
        buffer_size=client.buffer_size,
    )
    client.end()


server = serve(on_connection, on_listening, allow_half_open=True)
