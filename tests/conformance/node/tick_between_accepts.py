"""Ticks run between two connections that are accepted in one turn."""

from tracer import HOST, nt, serve, t

from uvnet import net

connections = 0


def on_connection(socket):
    global connections
    connections += 1
    t("srv.connection", connections)
    nt("srv.nt")
    socket.end()
    if connections == 3:
        server.close()


def on_listening(port):
    for _ in range(3):
        net.connect(port, HOST).resume()


server = serve(on_connection, on_listening)
