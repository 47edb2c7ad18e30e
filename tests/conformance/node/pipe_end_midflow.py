"""end() of a destination that is held back: it sends what it has, and the source stays paused."""

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

    def end():
        destination.end()
        reader.resume()
        settle(destroy)

    def destroy():
        t("S.state", is_paused=source.is_paused(), destroyed=source.destroyed)
        source.destroy()

    settle(end, 40)
    server.close()


def on_listening(port):
    global reader

    def on_first():
        net.connect(port, HOST).on("error", lambda err: None).write(bytes(20_000_000))

    reader = net.connect(port, HOST, on_first)
    reader.pause()
    reader.on("end", lambda: t("C.end", all=reader.bytes_read == sockets[0].bytes_written))


server = serve(on_connection, on_listening)
