"""pipe() of a source that has ended ends the destination, in a later tick."""

from tracer import HOST, collect, nt, serve, watch

from uvnet import net

sockets = []


def on_connection(socket):
    sockets.append(socket)
    if len(sockets) < 2:
        return
    destination, source = sockets
    source.resume()

    def on_end():
        watch(destination, "D", ["pipe", "unpipe", "prefinish", "finish", "close"])
        source.pipe(destination)
        nt("D.nt")
        source.end()

    source.on("end", on_end)
    server.close()


def on_listening(port):
    first = net.connect(port, HOST, lambda: net.connect(port, HOST).end("x"))
    collect(first, "C")


server = serve(on_connection, on_listening, allow_half_open=True)
