"""Every chunk that arrives postpones 'timeout'."""

from tracer import HOST, later, serve, t

from uvnet import net


def on_connection(socket):
    chunks = 0

    def write():
        nonlocal chunks
        socket.write("x")
        chunks += 1
        if chunks < 6:
            later(100, write)

    write()
    server.close()


def on_listening(port):
    client = net.connect(port, HOST)
    client.on("data", lambda chunk: t("C.data"))
    client.set_timeout(400)

    def on_timeout():
        t("C.timeout", bytes_read=client.bytes_read)
        client.destroy()

    client.on("timeout", on_timeout)


server = serve(on_connection, on_listening)
