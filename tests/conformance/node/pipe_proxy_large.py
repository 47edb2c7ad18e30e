"""5 MB there and back through a proxy of two pipes, with its counters."""

from tracer import HOST, serve, t

from uvnet import net

SIZE = 5_000_000


def on_backend(socket):
    socket.pipe(socket)
    backend.close()


def trace_close(socket, end):
    socket.on(
        "close",
        lambda had_error: t(
            f"{end}.close",
            had_error,
            bytes_read=socket.bytes_read,
            bytes_written=socket.bytes_written,
        ),
    )


def on_backend_listening(backend_port):
    def on_connection(inside):
        outside = net.connect(port=backend_port, host=HOST, allow_half_open=True)
        inside.pipe(outside).pipe(inside)
        trace_close(inside, "I")
        trace_close(outside, "O")
        proxy.close()

    proxy = serve(on_connection, on_proxy_listening, allow_half_open=True)


def on_proxy_listening(port):
    client = net.connect(port, HOST)
    total = 0

    def on_data(chunk):
        nonlocal total
        total += sum(chunk)

    client.on("data", on_data)
    client.on("end", lambda: t("C.end", sum=total, bytes_read=client.bytes_read))
    client.end(b"0123456789" * (SIZE // 10))


backend = serve(on_backend, on_backend_listening, allow_half_open=True)
