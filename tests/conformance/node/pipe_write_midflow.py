"""A write by hand, with a callback, into a destination that data flows through."""

from tracer import HOST, collect, nt, serve, settle, t, watch

from uvnet import net

peer = None


def on_connection(socket):
    global peer
    peer = socket
    socket.pipe(socket)
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")

    def on_first(chunk):
        t("S.write", peer.write(" two ", lambda err: t("S.written", err)))
        nt("S.nt")
        settle(lambda: client.end("three"))

    client.once("data", on_first)
    collect(client, "C").write("one")


server = serve(on_connection, on_listening)
