"""Data that nobody reads holds back 'end', and so 'close'."""

from tracer import HOST, serve, settle, t, watch

from uvnet import net


def on_connection(socket):
    socket.end("data")
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")

    def resume():
        t("C.state", readable_length=client.readable_length, destroyed=client.destroyed)
        client.resume()

    settle(resume)


server = serve(on_connection, on_listening)
