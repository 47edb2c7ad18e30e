"""An exception in a 'connection' listener: the socket lives."""

from tracer import HOST, later, serve, trace_uncaught, watch

from uvnet import net

trace_uncaught("S")


def on_connection(socket):
    watch(socket, "S").resume()
    server.close()
    raise Exception("in connection")


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.resume()
    later(30, client.end)


server = serve(on_connection, on_listening)
