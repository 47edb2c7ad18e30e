"""Every write postpones 'timeout'."""

from tracer import HOST, later, serve, t

from uvnet import net


def on_connection(socket):
    socket.resume()
    server.close()


def on_listening(port):
    client = net.connect(port, HOST)
    writes = 0

    def write():
        nonlocal writes
        client.write("x")
        writes += 1
        if writes < 6:
            later(100, write)

    def on_connect():
        client.set_timeout(400)
        write()

    def on_timeout():
        t("C.timeout", bytes_written=client.bytes_written)
        client.destroy()

    client.on("connect", on_connect)
    client.on("timeout", on_timeout)


server = serve(on_connection, on_listening)
