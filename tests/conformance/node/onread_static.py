"""onread: every read is in the same buffer, and there is no 'data'."""

from tracer import HOST, serve, settle, t, watch

from uvnet import net

buffer = bytearray(4)


def on_connection(socket):
    socket.write("hello")
    settle(lambda: socket.end("world!"))
    socket.resume()
    server.close()


def on_listening(port):
    def callback(size, data):
        t("C.onread", size, bytes(data[:size]), same=data is buffer)

    client = watch(net.connect(port=port, host=HOST, onread=(buffer, callback)), "C")
    client.on("data", lambda chunk: t("C.data"))


server = serve(on_connection, on_listening)
