"""A destination that is held back is destroyed: the source stays open and paused."""

from tracer import HOST, serve, settle, t, watch

from uvnet import net

sockets = []
reader = None


def on_connection(socket):
    sockets.append(socket)
    if len(sockets) < 2:
        return
    destination, source = sockets
    watch(destination, "D", ["pipe", "unpipe", "finish", "error", "close"])
    watch(source, "S", ["end", "finish", "error", "close"])
    source.pipe(destination)

    def destroy():
        destination.destroy()
        settle(resume)

    def resume():
        t("S.state", is_paused=source.is_paused(), destroyed=source.destroyed)
        reader.destroy()
        source.resume()

    settle(destroy, 40)
    server.close()


def on_listening(port):
    global reader

    def on_first():
        net.connect(port, HOST).end(bytes(20_000_000)).resume()

    reader = net.connect(port, HOST, on_first)
    reader.pause()
    reader.on("error", lambda err: None)


server = serve(on_connection, on_listening)
