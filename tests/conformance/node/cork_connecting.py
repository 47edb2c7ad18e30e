"""Writes that are corked before 'connect', and uncorked while it is still to come."""

from tracer import HOST, collect, serve, t, watch

from uvnet import net


def on_connection(socket):
    collect(socket, "S")
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.resume()

    def state():
        t(
            "C.state",
            writable_length=client.writable_length,
            bytes_written=client.bytes_written,
        )

    client.cork()
    client.write("a", lambda err: t("C.written_a", err))
    client.write("b", lambda err: t("C.written_b", err))
    state()
    client.uncork()
    client.end("c")
    state()


server = serve(on_connection, on_listening)
