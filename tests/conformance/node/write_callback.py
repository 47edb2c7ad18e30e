"""write() tries the kernel at once; its callback comes in the next tick all the same."""

from tracer import HOST, im, nt, serve, t

from uvnet import net


def on_connection(socket):
    socket.resume()
    server.close()


def on_listening(port):
    client = net.connect(port, HOST)
    client.resume()

    def on_connect():
        ok = client.write("hello", lambda err: t("C.written", err))
        t(
            "C.write",
            ok,
            bytes_written=client.bytes_written,
            writable_length=client.writable_length,
        )
        nt("C.nt")
        im("C.im")
        client.end()

    client.on("connect", on_connect)


server = serve(on_connection, on_listening)
