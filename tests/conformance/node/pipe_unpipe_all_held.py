"""unpipe() of two destinations, the first of which is held back."""

from tracer import HOST, serve, settle, t, watch

from uvnet import net

sockets = []
reader = None


def on_connection(socket):
    sockets.append(socket)
    if len(sockets) < 3:
        return
    one, two, source = sockets
    watch(one, "D1", ["pipe", "unpipe"])
    watch(two, "D2", ["pipe", "unpipe"])
    source.pipe(one)
    source.pipe(two)

    def unpipe():
        t("S.state", is_paused=source.is_paused(), need_drain=one.writable_need_drain)
        source.unpipe()
        t("S.state", is_paused=source.is_paused(), readable_flowing=source.readable_flowing)
        for each in sockets:
            each.destroy()
        reader.destroy()

    settle(unpipe, 40)
    server.close()


def on_listening(port):
    global reader

    def on_first():
        other = net.connect(port, HOST, on_second)
        other.on("error", lambda err: None).resume()

    def on_second():
        net.connect(port, HOST).on("error", lambda err: None).write(bytes(20_000_000))

    reader = net.connect(port, HOST, on_first)
    reader.pause()
    reader.on("error", lambda err: None)


server = serve(on_connection, on_listening)
