"""An exception of a 'data' listener beside a pipe."""

from tracer import HOST, collect, serve, trace_uncaught, watch

from uvnet import net

trace_uncaught("S")


def on_connection(socket):
    def on_data(chunk):
        raise Exception("in data")

    watch(socket, "S", ["end", "finish", "error", "close"])
    socket.pipe(socket)
    socket.once("data", on_data)
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    collect(client, "C").write("one ")
    client.once("data", lambda chunk: client.end("two"))


server = serve(on_connection, on_listening)
