"""Two sockets piped into each other: the end of one goes through to the other."""

from tracer import HOST, collect, serve, watch

from uvnet import net


def on_backend_connection(socket):
    collect(watch(socket, "B", ["end", "finish", "close"]), "B")
    socket.on("end", lambda: socket.end("response"))
    backend.close()


def on_backend_listening(backend_port):
    def on_connection(inside):
        outside = net.connect(port=backend_port, host=HOST, allow_half_open=True)
        watch(inside, "I", ["pipe", "unpipe", "end", "finish", "close"])
        watch(outside, "O", ["pipe", "unpipe", "connect", "end", "finish", "close"])
        inside.pipe(outside).pipe(inside)
        proxy.close()

    def on_listening(port):
        client = watch(net.connect(port, HOST), "C", ["end", "finish", "close"])
        collect(client, "C").end("request")

    proxy = serve(on_connection, on_listening, allow_half_open=True)


backend = serve(on_backend_connection, on_backend_listening, allow_half_open=True)
