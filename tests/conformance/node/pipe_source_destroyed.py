"""The source is destroyed: the destination stays open, and stays piped to."""

from tracer import HOST, collect, serve, settle, t, watch

from uvnet import net

destination = None


def on_connection(socket):
    global destination
    if destination is None:
        destination = socket
        watch(destination, "D", ["pipe", "unpipe", "end", "finish", "error", "close"])
        return
    watch(socket, "S", ["end", "finish", "error", "close"])
    socket.pipe(destination)

    def bye():
        t("D.later", destroyed=destination.destroyed, writable=destination.writable)
        destination.end("bye")

    def destroy():
        socket.destroy()
        settle(bye)

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
