"""The destination is destroyed with an error, which is its alone."""

from tracer import HOST, nt, serve, settle, t, watch

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

    def destroy():
        destination.destroy(Exception("broken"))
        nt("D.nt")
        settle(resume)

    def resume():
        t("S.state", readable_flowing=source.readable_flowing, is_paused=source.is_paused())
        source.resume()
        writer.end()

    settle(destroy)
    server.close()


def on_listening(port):
    def on_first():
        global writer
        writer = net.connect(port, HOST)
        writer.resume()
        writer.write("x")

    net.connect(port, HOST, on_first).resume()


server = serve(on_connection, on_listening)
