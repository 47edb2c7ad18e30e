"""Over a path: a reader that does not read holds back the source of a pipe."""

from tracer import settle, t, temp_path, watch

from uvnet import net

SIZE = 10_000_000
path = temp_path()
sockets = []
reader = None


def on_connection(socket):
    sockets.append(socket)
    if len(sockets) < 2:
        return
    destination, source = sockets
    watch(destination, "D", ["pipe", "unpipe", "finish", "close"])
    source.pipe(destination)

    def resume():
        t("S.held", is_paused=source.is_paused(), less=source.bytes_read < SIZE)
        reader.resume()

    settle(resume, 40)
    server.close()


def on_listening():
    global reader
    reader = net.connect(path, lambda: net.connect(path).end(bytes(SIZE)))
    reader.pause()
    reader.on("end", lambda: t("C.end", reader.bytes_read))


server = net.create_server(on_connection)
server.listen(path, on_listening)
