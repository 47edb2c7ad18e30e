"""onread: destroy() in the callback; nothing more is read."""

from tracer import HOST, serve, t, watch

from uvnet import net


def on_connection(socket):
    socket.on("error", lambda err: None)
    socket.write("abcdef")
    server.close()


def on_listening(port):
    def callback(size, data):
        t("C.onread", data[:size])
        client.destroy()

    client = watch(net.connect(port=port, host=HOST, onread=(bytearray(2), callback)), "C")


server = serve(on_connection, on_listening)
