"""When the last 'readable' listener is gone, a socket with a 'data' listener flows again."""

from tracer import HOST, serve, settle, t, watch

from uvnet import net, next_tick

peer = None


def on_connection(socket):
    global peer
    peer = socket
    socket.write("one")
    socket.resume()
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.on("data", lambda chunk: t("C.data", chunk))

    def flowing():
        t("C.flowing", client.readable_flowing)

    def on_readable():
        flowing()
        next_tick(flowing)
        settle(lambda: peer.end("two"))

    client.once("readable", on_readable)


server = serve(on_connection, on_listening)
