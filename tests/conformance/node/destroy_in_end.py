"""destroy() in 'end': the socket does not end itself any more."""

from tracer import HOST, serve, t, watch

from uvnet import net


def on_connection(socket):
    socket.end("x")
    socket.resume()
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.resume()

    def on_end():
        client.destroy()
        t("C.state", writable_ended=client.writable_ended, readable_ended=client.readable_ended)

    client.on("end", on_end)


server = serve(on_connection, on_listening)
