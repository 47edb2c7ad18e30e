"""A 'data' listener that rejects destroys its socket."""

from tracer import HOST, serve, t, watch

from uvnet import net


def on_connection(socket):
    socket.write("x")
    socket.resume()
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")

    async def on_data(chunk):
        t("C.data")
        raise Exception("rejected")

    client.on("data", on_data)


server = serve(on_connection, on_listening)
