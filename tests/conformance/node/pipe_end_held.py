"""The source ends while its destination holds 20 MB, below its high-water mark."""

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
    watch(destination, "D", ["pipe", "unpipe", "prefinish", "finish", "drain", "close"])
    source.pipe(destination)

    def resume():
        t(
            "D.state",
            some=destination.writable_length > 0,
            need_drain=destination.writable_need_drain,
            ended=destination.writable_ended,
            is_paused=source.is_paused(),
            bytes_written=destination.bytes_written,
        )
        reader.resume()

    source.on("end", lambda: settle(resume))
    server.close()


def on_listening(port):
    global reader
    reader = net.connect(port, HOST, lambda: net.connect(port, HOST).end(bytes(SIZE)))
    reader.pause()
    reader.on("end", lambda: t("C.end", reader.bytes_read))


server = serve(on_connection, on_listening, high_water_mark=64_000_000)
