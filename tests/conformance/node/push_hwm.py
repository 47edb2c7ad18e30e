"""A socket that nobody reads stops reading above its high-water mark."""

from tracer import HOST, reading, serve, settle, t

from uvnet import net

SIZE = 3_000_000


def on_connection(socket):
    socket.end(bytes(SIZE))
    server.close()


def on_listening(port):
    client = net.connect(port, HOST)

    def consume():
        t("C.later", full=client.readable_length >= 65536, reading=reading(client))
        sizes = []
        client.on("data", lambda chunk: sizes.append(len(chunk)))
        client.on("end", lambda: t("C.end", size=sum(sizes), largest_fits=max(sizes) <= 65536))

    client.on("connect", lambda: settle(consume))


server = serve(on_connection, on_listening)
