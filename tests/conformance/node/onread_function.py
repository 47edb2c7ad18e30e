"""onread: a buffer function is called once at the start, and after every read."""

from tracer import HOST, serve, t, watch

from uvnet import net


def on_connection(socket):
    socket.end("abcdef")
    socket.resume()
    server.close()


def on_listening(port):
    buffers = 0

    def buffer():
        nonlocal buffers
        buffers += 1
        t("C.buffer", buffers)
        return bytearray(3)

    def callback(size, data):
        t("C.onread", bytes(data[:size]))

    watch(net.connect(port=port, host=HOST, onread=(buffer, callback)), "C")


server = serve(on_connection, on_listening)
