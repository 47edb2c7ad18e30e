"""destroy() inside 'connection': the client connects, and sees the end."""

from tracer import HOST, im, nt, serve, watch

from uvnet import net


def on_connection(socket):
    watch(socket, "S").destroy()
    nt("S.nt")
    im("S.im")
    server.close()


def on_listening(port):
    watch(net.connect(port, HOST), "C").resume()


server = serve(on_connection, on_listening)
