"""The destination is destroyed: it is unpiped, and the source goes on, paused."""

from tracer import HOST, serve, settle, t, watch

from uvnet import net

client = None
destination = None


def on_connection(socket):
    global destination
    if destination is None:
        destination = socket
        watch(destination, "D", ["pipe", "unpipe", "end", "finish", "error", "close"])
        return
    watch(socket, "S", ["end", "finish", "error", "close"])
    socket.pipe(destination)

    def destroy():
        destination.destroy()
        settle(resume)

    def resume():
        t("S.later", destroyed=socket.destroyed, readable_flowing=socket.readable_flowing)
        socket.resume()
        client.end()

    settle(destroy)
    server.close()


def on_listening(port):
    def on_first():
        global client
        client = net.connect(port, HOST)
        client.write("x")
        client.resume()

    first = net.connect(port, HOST, on_first)
    first.resume()


server = serve(on_connection, on_listening)
