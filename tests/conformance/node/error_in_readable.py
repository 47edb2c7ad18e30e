"""An exception in 'readable': what is buffered can still be read."""

from tracer import HOST, serve, settle, t, trace_uncaught, watch

from uvnet import net

trace_uncaught("C")


def on_connection(socket):
    socket.end("abc")
    socket.resume()
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")

    def read():
        t("C.read", client.read())
        client.resume()

    def on_readable():
        settle(read)
        raise Exception("in readable")

    client.once("readable", on_readable)


server = serve(on_connection, on_listening)
