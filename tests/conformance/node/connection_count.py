"""A server counts a socket until it is destroyed; its close comes before that of the last one."""

from tracer import HOST, serve, settle, t, watch

from uvnet import net

second = None
connections = 0


def count(event):
    server.get_connections(lambda err, n: t("srv.count", event, err, n))


def on_connection(socket):
    global connections
    connections += 1
    name = connections

    def on_close(had_error):
        count(f"close {name}")
        if name == 1:
            second.end()

    count(f"connection {name}")
    socket.on("end", lambda: count(f"end {name}"))
    socket.on("close", on_close)
    socket.resume()
    if name == 2:
        server.close()


def on_listening(port):
    watch(server, "srv", ["close"])

    def on_first():
        global second
        second = net.connect(port, HOST, lambda: settle(first.end))
        second.resume()

    first = net.connect(port, HOST, on_first)
    first.resume()


server = serve(on_connection, on_listening)
