"""pause() in 'data' does not stop the kernel's reads; resume() delivers in a later tick."""

from tracer import HOST, reading, serve, settle, t, watch

from uvnet import net

peer = None


def on_connection(socket):
    global peer
    peer = socket
    socket.write("1")
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")

    def resume():
        t("C.later", readable_length=client.readable_length, reading=reading(client))
        client.resume()
        t("C.sync")
        peer.end()

    def finish():
        peer.write("3")
        settle(resume)

    def more():
        peer.write("2")
        settle(finish)

    def on_data(chunk):
        t("C.data", chunk)
        if chunk == b"1":
            client.pause()
            t("C.paused", reading=reading(client), is_paused=client.is_paused())
            settle(more)

    client.on("data", on_data)


server = serve(on_connection, on_listening)
