"""An exception in 'close'."""

from tracer import HOST, serve, trace_uncaught, watch

from uvnet import net

trace_uncaught("C")


def on_connection(socket):
    socket.end("abc")
    socket.resume()
    server.close()


def on_listening(port):
    watch(server, "srv", ["close"])
    client = watch(net.connect(port, HOST), "C")

    def on_close(had_error):
        raise Exception("in close")

    client.on("close", on_close)
    client.resume()


server = serve(on_connection, on_listening)
