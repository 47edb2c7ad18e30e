"""An echo server that corks in 'data' and uncorks a tick later."""

from tracer import HOST, serve, t, watch

from uvnet import net, next_tick


def on_connection(socket):
    def on_data(chunk):
        socket.cork()
        socket.write("<")
        socket.write(chunk)
        socket.write(">")
        next_tick(socket.uncork)

    socket.on("data", on_data)
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")

    def on_data(chunk):
        t("C.data", chunk)
        if client.bytes_read < 10:
            client.write("two")
        else:
            client.end()

    client.on("data", on_data)
    client.write("one")


server = serve(on_connection, on_listening)
