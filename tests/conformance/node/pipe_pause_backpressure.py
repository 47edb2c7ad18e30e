"""pause() of a source that is held back: 'drain' lets it go on all the same."""

from tracer import HOST, serve, settle, t, watch

from uvnet import net

SIZE = 20_000_000
sockets = []
reader = None


def on_connection(socket):
    sockets.append(socket)
    if len(sockets) < 2:
        return
    destination, source = sockets
    watch(destination, "D", ["pipe", "unpipe", "finish", "close"])
    source.pipe(destination)

    def pause():
        source.pause()
        t("S.state", is_paused=source.is_paused())
        reader.resume()

    settle(pause, 40)
    server.close()


def on_listening(port):
    global reader
    reader = net.connect(port, HOST, lambda: net.connect(port, HOST).end(bytes(SIZE)))
    reader.pause()
    reader.on("end", lambda: t("C.end", reader.bytes_read))


server = serve(on_connection, on_listening)
