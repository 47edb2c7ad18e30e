"""5 MB through an echo server: nothing is lost, and both sides close."""

from tracer import HOST, serve, t, watch

from uvnet import net

SIZE = 5_000_000


def on_connection(socket):
    watch(socket, "S", ["end", "prefinish", "finish", "error", "close"])
    socket.pipe(socket)
    socket.on(
        "close",
        lambda had_error: t(
            "S.count", bytes_read=socket.bytes_read, bytes_written=socket.bytes_written
        ),
    )
    server.close()


def on_listening(port):
    client = net.connect(port, HOST)
    received = bytearray()
    client.on("data", received.extend)
    client.on("end", lambda: t("C.end", size=len(received), sum=sum(received)))
    client.on("close", lambda had_error: t("C.close", had_error))
    client.end(b"0123456789" * (SIZE // 10))


server = serve(on_connection, on_listening)
