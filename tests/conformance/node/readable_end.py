"""'readable' at the end of the data, where read() gives None."""

from tracer import HOST, serve, settle, t, watch

from uvnet import net


def on_connection(socket):
    socket.write("abc")
    settle(socket.end)
    socket.resume()
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")

    def on_readable():
        t("C.readable", client.read(), readable_length=client.readable_length)

    client.on("readable", on_readable)


server = serve(on_connection, on_listening)
