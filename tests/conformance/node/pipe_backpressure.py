"""A reader that does not read holds back the source, through the pipe; and lets it go on."""

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
    watch(source, "S", ["end", "finish", "close"])
    source.pipe(destination)

    def resume():
        t("S.held", is_paused=source.is_paused(), readable_flowing=source.readable_flowing)
        t(
            "D.held",
            need_drain=destination.writable_need_drain,
            some=destination.writable_length > 0,
        )
        reader.resume()

    settle(resume, 40)
    server.close()


def on_listening(port):
    global reader
    reader = net.connect(port, HOST, lambda: net.connect(port, HOST).end(bytes(SIZE)))
    reader.pause()
    reader.on("end", lambda: t("C.end", reader.bytes_read))


server = serve(on_connection, on_listening)
