"""onread: pause() stops reading from the kernel at once, and resume() starts it again."""

from tracer import HOST, reading, serve, settle, t, watch

from uvnet import net

peer = None


def on_connection(socket):
    global peer
    peer = socket
    socket.write("one")
    socket.resume()
    server.close()


def on_listening(port):
    def callback(size, data):
        t("C.onread", data[:size])
        if client.bytes_read > 3:
            return
        client.pause()
        t("C.paused", reading=reading(client), is_paused=client.is_paused())
        peer.end("two")
        settle(resume)

    def resume():
        t("C.state", bytes_read=client.bytes_read)
        client.resume()
        t("C.resumed", reading=reading(client))

    client = watch(net.connect(port=port, host=HOST, onread=(bytearray(16), callback)), "C")


server = serve(on_connection, on_listening)
