"""A 'data' listener before pause() has started a read already: data is read, but not delivered."""

from tracer import HOST, reading, serve, settle, t, watch

from uvnet import net

peer = None


def on_connection(socket):
    global peer
    peer = socket
    socket.write("abc")
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.on("data", lambda chunk: t("C.data", chunk))
    client.pause()

    def resume():
        t("C.later", bytes_read=client.bytes_read, reading=reading(client))
        client.resume()
        peer.end()

    def on_connect():
        t("C.paused", is_paused=client.is_paused(), reading=reading(client))
        settle(resume)

    client.on("connect", on_connect)


server = serve(on_connection, on_listening)
