"""end() with data while connecting, and a second end() without."""

from tracer import HOST, collect, serve, t, watch

from uvnet import net


def on_connection(socket):
    collect(socket, "S")
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.resume()
    client.end("data", lambda err: t("C.end_1", err))
    client.end(lambda err: t("C.end_2", err))
    t("C.state", ready_state=client.ready_state, writable=client.writable)


server = serve(on_connection, on_listening)
