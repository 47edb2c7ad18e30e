"""destroy() in 'finish', while the peer still has to say something."""

from tracer import HOST, serve, settle, t, watch

from uvnet import net


def on_connection(socket):
    socket.resume()
    socket.on("end", lambda: settle(socket.destroy))
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.resume()

    def on_finish():
        client.destroy()
        t("C.state", readable_ended=client.readable_ended, destroyed=client.destroyed)

    client.on("finish", on_finish)
    client.end("x")


server = serve(on_connection, on_listening, allow_half_open=True)
