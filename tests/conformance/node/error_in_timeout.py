"""An exception in 'timeout': the socket lives."""

from tracer import HOST, serve, trace_uncaught, watch

from uvnet import net

trace_uncaught("C")


def on_connection(socket):
    socket.resume()
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.resume()
    client.on("connect", lambda: client.set_timeout(20))

    def on_timeout():
        client.end()
        raise Exception("in timeout")

    client.on("timeout", on_timeout)


server = serve(on_connection, on_listening)
