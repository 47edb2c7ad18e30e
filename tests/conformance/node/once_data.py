"""once('data'): the socket flows on, and the rest is lost."""

from tracer import HOST, serve, settle, t, watch

from uvnet import net

peer = None


def on_connection(socket):
    global peer
    peer = socket
    socket.write("one")
    socket.resume()
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")

    def on_data(chunk):
        t("C.data", chunk, client.listener_count("data"))
        settle(lambda: peer.end("two"))

    def on_end():
        t("C.state", readable_flowing=client.readable_flowing, bytes_read=client.bytes_read)

    client.once("data", on_data)
    client.on("end", on_end)


server = serve(on_connection, on_listening)
