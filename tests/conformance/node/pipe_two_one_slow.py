"""Two destinations, one of them slow: each gets everything."""

from tracer import HOST, serve, t, watch

from uvnet import net, set_immediate

SIZE = 8_000_000
sockets = []


def on_connection(socket):
    sockets.append(socket)
    if len(sockets) < 3:
        return
    watch(socket, "S", ["end", "finish", "close"])
    socket.pipe(sockets[0])
    socket.pipe(sockets[1])
    server.close()


def count(client, end):
    size = 0

    def on_data(chunk):
        nonlocal size
        size += len(chunk)

    client.on("data", on_data)
    client.on("end", lambda: t(f"{end}.end", size))
    return client


def on_listening(port):
    def on_first():
        count(net.connect(port, HOST, on_second), "C2")

    def on_second():
        net.connect(port, HOST).end(bytes(SIZE))

    def on_data(chunk):
        slow.pause()
        set_immediate(slow.resume)

    slow = count(net.connect(port, HOST, on_first), "C1")
    slow.on("data", on_data)


server = serve(on_connection, on_listening)
