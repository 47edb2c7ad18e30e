"""setEncoding() decodes what is buffered already, too."""

from urllib.parse import quote

from tracer import HOST, serve, settle, t, watch

from uvnet import net


def on_connection(socket):
    socket.write(bytes([0x61, 0xC3]))
    settle(lambda: socket.end(bytes([0xBC, 0x62])))
    socket.resume()
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")

    def on_readable():
        chunk = client.read()
        t("C.read", "null" if chunk is None else quote(chunk))

    def on_first():
        t("C.before", client.readable_length)
        client.set_encoding("utf8")
        t("C.after", client.readable_length)
        client.on("readable", on_readable)

    client.once("readable", on_first)


server = serve(on_connection, on_listening)
