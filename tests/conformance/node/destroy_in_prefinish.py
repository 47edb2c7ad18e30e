"""destroy() in 'prefinish': the callback of end() fails, and 'finish' comes all the same."""

from tracer import HOST, serve, t, watch

from uvnet import net


def on_connection(socket):
    socket.resume()
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.resume()
    client.on("prefinish", client.destroy)
    client.on("connect", lambda: client.end("x", lambda err: t("C.end_callback", err)))


server = serve(on_connection, on_listening)
