"""A chunk of a flowing socket has 65536 bytes at most."""

from tracer import HOST, serve, t

from uvnet import net


def on_connection(socket):
    socket.end(bytes(3_000_000))
    server.close()


def on_listening(port):
    client = net.connect(port, HOST)
    sizes = []
    client.on("data", lambda chunk: sizes.append(len(chunk)))
    client.on(
        "end",
        lambda: t("C.end", size=sum(sizes), largest=max(sizes), bytes_read=client.bytes_read),
    )


server = serve(on_connection, on_listening)
