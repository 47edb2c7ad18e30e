"""From a path to a port and back: 5 MB through a proxy between the two kinds."""

from tracer import HOST, serve, t, temp_path, watch

from uvnet import net

SIZE = 5_000_000
path = temp_path()


def on_backend(socket):
    socket.pipe(socket)
    backend.close()


def on_backend_listening(port):
    def on_connection(inside):
        outside = net.connect(port=port, host=HOST, allow_half_open=True)
        watch(inside, "I", ["pipe", "unpipe", "end", "finish", "close"])
        watch(outside, "O", ["pipe", "unpipe", "end", "finish", "close"])
        inside.pipe(outside).pipe(inside)
        proxy.close()

    proxy = net.create_server(on_connection, allow_half_open=True)
    proxy.listen(path, on_proxy_listening)


def on_proxy_listening():
    client = net.connect(path)
    client.resume()
    client.on("end", lambda: t("C.end", client.bytes_read))
    client.end(bytes(SIZE))


backend = serve(on_backend, on_backend_listening, allow_half_open=True)
