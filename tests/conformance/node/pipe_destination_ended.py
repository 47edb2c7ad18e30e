"""end() of the destination by hand: what the source brings then is a write after the end."""

from tracer import HOST, serve, settle, t, watch

from uvnet import net

sockets = []
writer = None


def on_connection(socket):
    sockets.append(socket)
    if len(sockets) < 2:
        return
    destination, source = sockets
    watch(destination, "D", ["pipe", "unpipe", "finish", "error", "close"])
    watch(source, "S", ["end", "finish", "error", "close"])
    source.pipe(destination)
    destination.end()
    writer.write("too late")

    def destroy():
        t("S.state", readable_flowing=source.readable_flowing, destroyed=source.destroyed)
        source.destroy()
        destination.destroy()

    settle(destroy)
    server.close()


def on_listening(port):
    def on_first():
        global writer
        writer = net.connect(port, HOST)
        writer.on("error", lambda err: None).resume()

    first = net.connect(on_first, port=port, host=HOST, allow_half_open=True)
    first.on("error", lambda err: None).resume()
    first.on("close", lambda had_error: t("C.close"))
    first.on("end", lambda: settle(first.end))


server = serve(on_connection, on_listening)
