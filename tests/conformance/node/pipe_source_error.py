"""The source is destroyed with an error: the destination stays open, and piped to."""

from tracer import HOST, collect, nt, serve, settle, t, watch

from uvnet import net

sockets = []


def on_connection(socket):
    sockets.append(socket)
    if len(sockets) < 2:
        return
    destination, source = sockets
    watch(destination, "D", ["pipe", "unpipe", "finish", "error", "close"])
    watch(source, "S", ["end", "finish", "error", "close"])
    source.pipe(destination)

    def destroy():
        source.destroy(Exception("broken"))
        nt("S.nt")
        settle(end)

    def end():
        t("D.state", writable=destination.writable)
        destination.end("bye")

    settle(destroy)
    server.close()


def on_listening(port):
    def on_first():
        second = net.connect(port, HOST)
        second.write("x ")
        second.resume()

    first = net.connect(port, HOST, on_first)
    collect(first, "C")


server = serve(on_connection, on_listening)
