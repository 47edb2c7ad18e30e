"""A 'data' listener that comes and goes in the middle of 5 MB."""

from tracer import HOST, serve, settle, t, watch

from uvnet import net, set_immediate

SIZE = 5_000_000
seen = 0


def on_connection(socket):
    watch(socket, "S", ["pipe", "unpipe", "end", "finish", "close"])

    def listener(chunk):
        global seen
        seen += len(chunk)
        socket.off("data", listener)
        set_immediate(listen)

    def listen():
        if seen < 1_000_000:
            socket.on("data", listener)

    socket.pipe(socket)
    settle(listen, 1)
    server.close()


def on_listening(port):
    client = net.connect(port, HOST)
    client.resume()
    client.on("end", lambda: t("C.end", client.bytes_read, all=seen <= SIZE))
    client.end(bytes(SIZE))


server = serve(on_connection, on_listening)
