"""Over a path: the destination of a pipe is destroyed."""

from tracer import settle, t, temp_path, watch

from uvnet import net

path = temp_path()
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


def on_listening():
    def on_first():
        global writer
        writer = net.connect(path)
        writer.resume()
        writer.write("x")

    def destroy(chunk):
        sockets[0].destroy()
        settle(resume)

    def resume():
        t("S.state", is_paused=sockets[1].is_paused())
        sockets[1].resume()
        writer.end()

    reader = net.connect(path, on_first)
    reader.once("data", destroy)


server = net.create_server(on_connection)
server.listen(path, on_listening)
