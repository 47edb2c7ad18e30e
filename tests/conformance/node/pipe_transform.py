"""Through a Transform and back."""

from tracer import HOST, collect, serve, watch

from uvnet import net, stream


def on_connection(socket):
    watch(socket, "S", ["pipe", "unpipe", "end", "finish", "close"])
    upper = stream.Transform(
        transform=lambda upper, chunk, encoding, callback: callback(None, chunk.upper()),
        flush=lambda upper, callback: callback(None, "!"),
    )
    watch(upper, "T", ["pipe", "unpipe", "end", "finish", "close"])
    socket.pipe(upper).pipe(socket)
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    collect(client, "C").end("hello")


server = serve(on_connection, on_listening, allow_half_open=True)
