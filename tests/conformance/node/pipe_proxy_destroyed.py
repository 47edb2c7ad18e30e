"""The client of a proxy is destroyed: its end goes through to the backend, and comes back."""

from tracer import HOST, serve, watch

from uvnet import net


def on_backend(socket):
    watch(socket, "B", ["end", "finish", "error", "close"])
    socket.pipe(socket)
    backend.close()


def on_backend_listening(backend_port):
    def on_connection(inside):
        outside = net.connect(port=backend_port, host=HOST)
        watch(inside, "I", ["pipe", "unpipe", "end", "finish", "error", "close"])
        watch(outside, "O", ["pipe", "unpipe", "end", "finish", "error", "close"])
        inside.pipe(outside).pipe(inside)
        proxy.close()

    proxy = serve(on_connection, on_proxy_listening)


def on_proxy_listening(port):
    client = net.connect(port, HOST)
    client.write("x")
    client.once("data", lambda chunk: client.destroy())


backend = serve(on_backend, on_backend_listening)
