"""What goes through a pipe keeps both its ends from timing out."""

from tracer import HOST, later, serve, t

from uvnet import net

chunks = 0


def on_connection(socket):
    socket.pipe(socket)
    socket.set_timeout(400)

    def on_timeout():
        t("S.timeout", bytes_read=socket.bytes_read)
        socket.destroy()

    socket.on("timeout", on_timeout)
    server.close()


def on_listening(port):
    client = net.connect(port, HOST)
    client.resume()

    def write():
        global chunks
        client.write("x")
        chunks += 1
        if chunks < 6:
            later(100, write)

    write()


server = serve(on_connection, on_listening)
