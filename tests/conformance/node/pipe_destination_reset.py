"""The reader at the other end of the destination resets."""

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
    server.close()


def on_listening(port):
    def on_first():
        global writer
        writer = net.connect(port, HOST)
        writer.resume()
        writer.write("x")

    def reset(chunk):
        reader.reset_and_destroy()
        settle(resume)

    def resume():
        t("S.state", is_paused=sockets[1].is_paused(), destroyed=sockets[1].destroyed)
        sockets[1].resume()
        writer.end("y")

    reader = net.connect(port, HOST, on_first)
    reader.once("data", reset)


server = serve(on_connection, on_listening)
