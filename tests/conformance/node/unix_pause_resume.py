"""Over a path: pause() in 'data', more data, and resume()."""

from tracer import settle, t, temp_path, watch

from uvnet import net

peer = None
path = temp_path()


def on_connection(socket):
    global peer
    peer = socket
    socket.resume()
    socket.write("one")
    server.close()


def on_listening():
    client = watch(net.connect(path), "C")

    def resume():
        t("C.state", readable_length=client.readable_length, bytes_read=client.bytes_read)
        client.resume()

    def on_first(chunk):
        client.pause()
        peer.end("two")
        settle(resume)

    client.once("data", on_first)
    client.on("data", lambda chunk: t("C.data", chunk))


server = net.create_server(on_connection)
server.listen(path, on_listening)
