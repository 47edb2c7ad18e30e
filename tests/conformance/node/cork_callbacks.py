"""The callbacks of corked writes, next to those of writes before and behind."""

from tracer import HOST, collect, nt, serve, t, watch

from uvnet import net


def on_connection(socket):
    collect(socket, "S")
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.resume()

    def on_connect():
        client.write("a", lambda err: t("C.written", "a"))
        client.cork()
        client.write("b", lambda err: t("C.written", "b"))
        client.write("c", lambda err: t("C.written", "c"))
        client.uncork()
        client.write("d", lambda err: t("C.written", "d"))
        nt("C.nt")
        client.end("e", lambda err: t("C.written", "e"))

    client.on("connect", on_connect)


server = serve(on_connection, on_listening)
