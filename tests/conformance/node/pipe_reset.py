"""The peer of a pipe's source resets: 'error' at the source, and the destination is left alone."""

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

    def end():
        t("D.later", destroyed=destination.destroyed, writable=destination.writable)
        destination.end()

    socket.on("close", lambda had_error: settle(end))
    server.close()


def on_listening(port):
    def on_first():
        second = net.connect(port, HOST)
        second.write("x")
        settle(second.reset_and_destroy)

    first = net.connect(port, HOST, on_first)
    collect(first, "C")


server = serve(on_connection, on_listening)
