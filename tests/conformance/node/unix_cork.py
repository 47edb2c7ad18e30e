"""Over a path: corked writes and their callbacks."""

from tracer import collect, t, temp_path, watch

from uvnet import net

path = temp_path()


def on_connection(socket):
    collect(socket, "S")
    server.close()


def on_listening():
    client = watch(net.connect(path), "C")
    client.resume()

    def on_connect():
        client.cork()
        client.write("a", lambda err: t("C.written", "a"))
        client.write("b", lambda err: t("C.written", "b"))
        t("C.state", writable_length=client.writable_length)
        client.uncork()
        t("C.state", writable_length=client.writable_length)
        client.end("c", lambda err: t("C.written", "c"))

    client.on("connect", on_connect)


server = net.create_server(on_connection)
server.listen(path, on_listening)
