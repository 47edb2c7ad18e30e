"""destroySoon() after 'finish' destroys at once."""

from tracer import HOST, serve, settle, t, watch

from uvnet import net

client = None


def on_connection(socket):
    socket.resume()
    client.on("close", lambda had_error: socket.destroy())
    server.close()


def on_listening(port):
    global client
    client = watch(net.connect(port, HOST), "C")
    client.resume()

    def destroy():
        client.destroy_soon()
        t("C.sync", destroyed=client.destroyed)

    client.on("finish", lambda: settle(destroy))
    client.end()


server = serve(on_connection, on_listening, allow_half_open=True)
