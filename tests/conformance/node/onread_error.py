"""onread: an exception in the callback; reading goes on."""

from tracer import HOST, serve, t, trace_uncaught, watch

from uvnet import net

trace_uncaught("C")


def on_connection(socket):
    socket.end("abcd")
    socket.resume()
    server.close()


def on_listening(port):
    def callback(size, data):
        t("C.onread", data[:size])
        raise Exception("in onread")

    watch(net.connect(port=port, host=HOST, onread=(bytearray(2), callback)), "C")


server = serve(on_connection, on_listening)
