"""An exception in a 'data' listener: the stream goes on."""

from tracer import HOST, serve, trace_uncaught, watch

from uvnet import net

trace_uncaught("C")


def on_connection(socket):
    socket.end("abc")
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")

    def on_data(chunk):
        raise Exception("in data")

    client.on("data", on_data)


server = serve(on_connection, on_listening)
