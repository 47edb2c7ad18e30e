"""A second client that connects inside 'connect' of the first, and ends it in its own."""

from tracer import HOST, serve, watch

from uvnet import net


def on_connection(socket):
    socket.resume()


def on_listening(port):
    first = watch(net.connect(port, HOST), "C1")
    first.resume()

    def on_first():
        second = watch(net.connect(port, HOST), "C2")
        second.resume()

        def on_second():
            first.end()
            second.end()
            server.close()

        second.on("connect", on_second)

    first.on("connect", on_first)


server = serve(on_connection, on_listening)
