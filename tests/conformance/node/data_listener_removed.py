"""Without its 'data' listener a socket flows on, and what comes is lost."""

from tracer import HOST, serve, settle, t, watch

from uvnet import net

peer = None


def on_connection(socket):
    global peer
    peer = socket
    socket.write("one")
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")

    def listener(chunk):
        t("C.data", chunk)
        client.off("data", listener)
        settle(write)

    def write():
        t("C.state", readable_flowing=client.readable_flowing)
        peer.write("two")
        settle(end)

    def end():
        t("C.state", bytes_read=client.bytes_read, readable_length=client.readable_length)
        client.on("data", lambda chunk: t("C.data", chunk))
        peer.end("three")

    client.on("data", listener)


server = serve(on_connection, on_listening)
