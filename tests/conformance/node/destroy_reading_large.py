"""destroy() after half of 5 MB: the counters stay, and the writer is told."""

from tracer import HOST, serve, t, watch

from uvnet import net


def on_connection(socket):
    watch(socket, "S", ["finish", "end", "close"])
    socket.on("error", lambda err: t("S.error", err.code in ("EPIPE", "ECONNRESET")))
    socket.write(bytes(20_000_000))
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    size = 0

    def on_data(chunk):
        nonlocal size
        size += len(chunk)
        if size > 2_000_000:
            client.destroy()

    client.on("data", on_data)
    client.on("close", lambda had_error: t("C.state", same=size == client.bytes_read))


server = serve(on_connection, on_listening)
