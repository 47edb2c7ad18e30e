"""unpipe() of the one of two destinations that holds back the source: the other one goes on."""

from tracer import HOST, serve, settle, t, watch

from uvnet import net

SIZE = 20_000_000
sockets = []
reader = None


def on_connection(socket):
    sockets.append(socket)
    if len(sockets) < 3:
        return
    one, two, source = sockets
    watch(one, "D1", ["pipe", "unpipe"])
    watch(two, "D2", ["pipe", "unpipe", "finish", "close"])
    source.pipe(one)
    source.pipe(two)

    def unpipe():
        t("S.state", is_paused=source.is_paused(), need_drain=one.writable_need_drain)
        source.unpipe(one)
        t("S.state", is_paused=source.is_paused())
        one.destroy()
        reader.destroy()

    settle(unpipe, 40)
    server.close()


def on_listening(port):
    global reader

    def on_first():
        other = net.connect(port, HOST, lambda: net.connect(port, HOST).end(bytes(SIZE)))
        other.resume()
        other.on("end", lambda: t("C.end", other.bytes_read))

    reader = net.connect(port, HOST, on_first)
    reader.pause()
    reader.on("error", lambda err: None)


server = serve(on_connection, on_listening)
