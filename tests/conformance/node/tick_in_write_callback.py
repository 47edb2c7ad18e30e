"""Ticks that the callbacks of writes queue, among the callbacks."""

from tracer import HOST, nt, serve, t, watch

from uvnet import net


def on_connection(socket):
    socket.resume()
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.resume()

    def on_written(name):
        t("C.written", name)
        nt(f"C.nt {name}")

    def on_connect():
        nt("C.before")
        for name in ("a", "b", "c"):
            client.write(name, lambda err, name=name: on_written(name))
        nt("C.behind")
        client.end()

    client.on("connect", on_connect)


server = serve(on_connection, on_listening)
