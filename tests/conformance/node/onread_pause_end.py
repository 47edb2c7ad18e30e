"""onread: paused by the callback, the end of the peer is not seen until resume()."""

from tracer import HOST, serve, settle, t, watch

from uvnet import net


def on_connection(socket):
    socket.end("ab")
    socket.resume()
    server.close()


def on_listening(port):
    def resume():
        t("C.state", readable_ended=client.readable_ended)
        client.resume()

    def callback(size, data):
        t("C.onread", data[:size])
        settle(resume)
        return False

    client = watch(net.connect(port=port, host=HOST, onread=(bytearray(4), callback)), "C")


server = serve(on_connection, on_listening)
