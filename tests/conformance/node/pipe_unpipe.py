"""unpipe(): the destination gets no more; a 'data' listener gets what comes then."""

from tracer import HOST, collect, serve, t, watch

from uvnet import net

peer = None


def unpipe():
    peer.unpipe(peer)
    t("S.unpiped", readable_flowing=peer.readable_flowing, is_paused=peer.is_paused())
    peer.write("!")
    collect(peer, "S").resume()


def on_connection(socket):
    global peer
    peer = watch(socket, "S", ["pipe", "unpipe", "end", "finish", "close"])
    socket.pipe(socket)
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    received = bytearray()

    def on_data(chunk):
        received.extend(chunk)
        if received == b"one":
            unpipe()
        if received == b"one!":
            client.end("two")

    client.on("data", on_data)
    client.on("end", lambda: t("C.received", received))
    client.write("one")


server = serve(on_connection, on_listening)
