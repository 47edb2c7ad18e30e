"""Over a path: unpipe() in mid-flow, a 'data' listener, and pipe() once more."""

from tracer import collect, settle, t, temp_path, watch

from uvnet import net

peer = None
path = temp_path()


def on_connection(socket):
    global peer
    peer = watch(socket, "S", ["pipe", "unpipe", "end", "finish", "close"])
    socket.pipe(socket)
    server.close()


def on_listening():
    client = watch(net.connect(path), "C")

    def on_data(chunk):
        t("S.data", chunk)
        peer.pipe(peer)
        settle(lambda: client.end(" three"))

    def unpipe(chunk):
        peer.unpipe(peer)
        client.write(" two")
        peer.once("data", on_data)
        peer.resume()

    client.once("data", unpipe)
    collect(client, "C").write("one")


server = net.create_server(on_connection)
server.listen(path, on_listening)
