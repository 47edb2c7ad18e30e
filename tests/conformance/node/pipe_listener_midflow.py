"""A 'pause' listener on a source that is held back, and a 'drain' listener on its destination."""

from tracer import HOST, serve, settle, t

from uvnet import net

SIZE = 20_000_000
sockets = []
reader = None


def on_connection(socket):
    sockets.append(socket)
    if len(sockets) < 2:
        return
    destination, source = sockets
    source.pipe(destination)

    def listen():
        source.on("resume", lambda: t("S.resume", is_paused=source.is_paused()))
        destination.once("drain", lambda: t("D.drain"))
        source.once("resume", lambda: source.remove_all_listeners("resume"))
        reader.resume()

    settle(listen, 40)
    server.close()


def on_listening(port):
    global reader
    reader = net.connect(port, HOST, lambda: net.connect(port, HOST).end(bytes(SIZE)))
    reader.pause()
    reader.on("end", lambda: t("C.end", reader.bytes_read))


server = serve(on_connection, on_listening)
