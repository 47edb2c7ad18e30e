"""destroy() in 'drain': the callback of the write that drained still succeeds."""

from tracer import HOST, serve, t, watch

from uvnet import net


def on_connection(socket):
    socket.resume()
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")

    def on_connect():
        t("C.write", client.write(bytes(20_000_000), lambda err: t("C.written", err)))

    client.on("connect", on_connect)
    client.on("drain", client.destroy)


server = serve(on_connection, on_listening)
