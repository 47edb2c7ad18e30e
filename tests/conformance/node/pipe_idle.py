"""Both ends of a pipe time out when nothing goes through it."""

from tracer import HOST, collect, serve, t, watch

from uvnet import net

sockets = []


def on_connection(socket):
    sockets.append(socket)
    if len(sockets) < 2:
        return
    destination, source = sockets

    def destroy():
        t("D.timeout")
        source.destroy()
        destination.destroy()

    source.pipe(destination)
    watch(source, "S", ["close"]).set_timeout(30, lambda: t("S.timeout"))
    watch(destination, "D", ["close"]).set_timeout(60, destroy)
    server.close()


def on_listening(port):
    def on_first():
        second = net.connect(port, HOST)
        second.resume()
        second.write("x")

    first = net.connect(port, HOST, on_first)
    collect(first, "C")


server = serve(on_connection, on_listening)
