"""A destination that is corked holds back what is piped into it."""

from tracer import HOST, collect, serve, settle, t, watch

from uvnet import net

client = None


def on_connection(socket):
    socket.pipe(socket)
    socket.cork()

    def uncork():
        t("S.state", writable_length=socket.writable_length, bytes_read=socket.bytes_read)
        t("C.state", bytes_read=client.bytes_read)
        socket.write("!")
        socket.uncork()
        client.end("c")

    settle(uncork)
    server.close()


def on_listening(port):
    global client
    client = watch(net.connect(port, HOST), "C")
    collect(client, "C").write("ab")


server = serve(on_connection, on_listening)
