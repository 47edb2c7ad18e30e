"""onread: what arrives postpones 'timeout'."""

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
    socket.resume()
    server.close()


def on_listening(port):
    onread = (bytearray(4), lambda size, data: t("C.onread"))
    client = net.connect(port=port, host=HOST, onread=onread)

    def on_timeout():
        t("C.timeout", bytes_read=client.bytes_read)
        client.end()

    client.set_timeout(400)
    client.on("timeout", on_timeout)


server = serve(on_connection, on_listening)
