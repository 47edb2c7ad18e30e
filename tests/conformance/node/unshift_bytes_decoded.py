"""unshift() of bytes after set_encoding()."""

from tracer import HOST, serve, t, watch

from uvnet import net

DIFFERS = "the bytes are decoded, as what is received is"


def on_connection(socket):
    socket.end()
    socket.resume()
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.set_encoding("hex")

    def on_connect():
        client.unshift(b"abc")
        chunk = client.read()
        t("C.read", "text" if isinstance(chunk, str) else "bytes", chunk)
        client.resume()

    client.on("connect", on_connect)


server = serve(on_connection, on_listening)
