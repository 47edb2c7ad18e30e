"""A client that is piped into another before either is connected."""

from tracer import HOST, collect, serve, watch

from uvnet import net


def on_listening(port):
    def on_sink_connection(socket):
        collect(watch(socket, "S", ["end", "finish", "close"]), "S")
        sink.close()
        server.close()

    def on_sink_listening(sink_port):
        destination = net.Socket()
        source = net.Socket()
        watch(destination, "D", ["pipe", "unpipe", "connect", "finish", "end", "close"])
        watch(source, "C", ["connect", "finish", "end", "close"])
        source.pipe(destination)
        destination.connect(sink_port, HOST)
        destination.resume()
        source.connect(port, HOST)

    sink = serve(on_sink_connection, on_sink_listening)


server = serve(lambda socket: socket.end("hello"), on_listening)
