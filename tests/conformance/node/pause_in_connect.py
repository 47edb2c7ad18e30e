"""pause() inside 'connect' comes before the first read."""

from tracer import HOST, collect, reading, serve, settle, t, watch

from uvnet import net


def on_connection(socket):
    socket.end("abc")
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")

    def resume():
        t("C.later", bytes_read=client.bytes_read, reading=reading(client))
        collect(client, "C").resume()

    def on_connect():
        client.pause()
        settle(resume)

    client.on("connect", on_connect)


server = serve(on_connection, on_listening)
