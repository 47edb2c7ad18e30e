"""unpipe() without a destination is for all of them."""

from tracer import HOST, collect, serve, settle, t, watch

from uvnet import net

sockets = []


def on_connection(socket):
    sockets.append(socket)
    if len(sockets) < 3:
        return
    one, two, source = sockets
    watch(one, "D1", ["pipe", "unpipe"])
    watch(two, "D2", ["pipe", "unpipe"])
    watch(source, "S", ["end", "close"])
    source.pipe(one)
    source.pipe(two)

    def unpipe():
        source.unpipe()
        t("S.state", readable_flowing=source.readable_flowing, is_paused=source.is_paused())
        source.resume()
        one.end()
        two.end()

    settle(unpipe)
    server.close()


def on_listening(port):
    def on_first():
        collect(net.connect(port, HOST, on_second), "C2")

    def on_second():
        writer = net.connect(port, HOST)
        writer.write("both")
        settle(lambda: writer.end("lost"), 30)

    collect(net.connect(port, HOST, on_first), "C1")


server = serve(on_connection, on_listening)
