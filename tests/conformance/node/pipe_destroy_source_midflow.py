"""The source is destroyed in the middle of 20 MB: the destination still sends what it has."""

from tracer import HOST, serve, settle, t, watch

from uvnet import net

sockets = []


def on_connection(socket):
    sockets.append(socket)
    if len(sockets) < 2:
        return
    watch(sockets[0], "D", ["pipe", "unpipe", "finish", "error", "close"])
    watch(socket, "S", ["end", "finish", "error", "close"])
    socket.pipe(sockets[0])
    server.close()


def on_listening(port):
    def on_first():
        net.connect(port, HOST).on("error", lambda err: None).end(bytes(20_000_000))

    def destroy(chunk):
        sockets[1].destroy()
        settle(end)

    def end():
        destination = sockets[0]
        t("D.state", writable=destination.writable, destroyed=destination.destroyed)
        destination.end()

    first = net.connect(port, HOST, on_first)
    first.once("data", destroy)
    first.on("data", lambda chunk: None)
    first.on("end", lambda: t("C.end", all=first.bytes_read == sockets[0].bytes_written))


server = serve(on_connection, on_listening)
