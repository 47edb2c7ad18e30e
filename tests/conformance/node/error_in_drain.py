"""An exception in 'drain', where the write was done by the loop."""

from tracer import HOST, serve, settle, trace_uncaught, watch

from uvnet import net

trace_uncaught("C")


def on_connection(socket):
    socket.resume()
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.resume()

    def on_drain():
        settle(client.end)
        raise Exception("in drain")

    client.on("connect", lambda: client.write(bytes(20_000_000)))
    client.on("drain", on_drain)


server = serve(on_connection, on_listening)
