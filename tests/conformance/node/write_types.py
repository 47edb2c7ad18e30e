"""What can be written besides text: bytes of every kind."""

from tracer import HOST, collect, serve, t

from uvnet import net


def on_connection(socket):
    collect(socket, "S")
    server.close()


def on_listening(port):
    client = net.connect(port, HOST)
    client.resume()

    def on_connect():
        client.write(b"ab")
        client.write(bytearray(b"cd"))
        client.write(memoryview(b"ef"))
        client.write(memoryview(b"xghx")[1:3])
        t(
            "C.state",
            bytes_written=client.bytes_written,
            writable_length=client.writable_length,
        )
        client.end(bytearray(b"!"))

    client.on("connect", on_connect)


server = serve(on_connection, on_listening)
