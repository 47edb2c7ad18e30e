"""A destination that holds much is destroyed: that is lost, and the source is paused."""

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
    watch(destination, "D", ["pipe", "unpipe", "prefinish", "finish", "error", "close"])
    watch(source, "S", ["end", "finish", "error", "close"])
    source.pipe(destination)

    def destroy():
        destination.destroy()
        t("D.sync", bytes_written=destination.bytes_written)
        settle(check)

    def check():
        t("S.state", is_paused=source.is_paused(), bytes_read=source.bytes_read)
        source.destroy()
        reader.destroy()

    settle(destroy, 40)
    server.close()


def on_listening(port):
    global reader

    def on_first():
        net.connect(port, HOST).on("error", lambda err: None).write(bytes(SIZE))

    reader = net.connect(port, HOST, on_first)
    reader.pause()
    reader.on("error", lambda err: None)


server = serve(on_connection, on_listening, high_water_mark=64_000_000)
