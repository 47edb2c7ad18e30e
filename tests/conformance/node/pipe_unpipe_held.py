"""unpipe() of a destination that holds much, below its high-water mark; it keeps what it has."""

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

    def unpipe():
        t(
            "D.state",
            some=destination.writable_length > 0,
            bytes_written=destination.bytes_written,
        )
        source.unpipe(destination)
        t("S.state", is_paused=source.is_paused())
        destination.write("!", lambda err: t("D.written", err))
        destination.end()
        reader.resume()
        source.destroy()

    settle(unpipe, 40)
    server.close()


def on_listening(port):
    global reader

    def on_first():
        net.connect(port, HOST).on("error", lambda err: None).write(bytes(SIZE))

    reader = net.connect(port, HOST, on_first)
    reader.pause()
    reader.on("end", lambda: t("C.end", reader.bytes_read))


server = serve(on_connection, on_listening, high_water_mark=64_000_000)
