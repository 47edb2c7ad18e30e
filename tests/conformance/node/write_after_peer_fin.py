"""The peer has ended, and so we did ourselves: a write gets EPIPE, and no 'error' after 'close'."""

from tracer import HOST, message, serve, t, watch

from uvnet import net


def on_connection(socket):
    socket.end()
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.resume()
    client.on("end", lambda: t("C.state", writable=client.writable, ready_state=client.ready_state))

    def on_close(had_error):
        ok = client.write("x", lambda err: t("C.written", err, message(err)))
        t("C.write", ok)

    client.on("close", on_close)


server = serve(on_connection, on_listening)
