"""An exception in the callback of a write: the ones after it are called, and the socket goes on."""

from tracer import HOST, collect, serve, settle, t, trace_uncaught, watch

from uvnet import net

trace_uncaught("C")


def on_connection(socket):
    collect(socket, "S")
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.resume()

    def on_written(err):
        raise Exception("in callback")

    def end():
        client.write("b", lambda err: t("C.written", err))
        client.end()

    def on_connect():
        client.write("a", on_written)
        settle(end)

    client.on("connect", on_connect)


server = serve(on_connection, on_listening)
