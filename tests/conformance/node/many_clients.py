"""20 clients of one echo server."""

from tracer import HOST, serve, t, watch

from uvnet import net

COUNT = 20
closed = 0


def on_listening(port):
    watch(server, "srv", ["close"])

    def start(i):
        client = net.connect(port, HOST)
        client.end(f"client {i}")

        def on_close(had_error):
            global closed
            t(f"C{i}.close", had_error)
            closed += 1
            if closed == COUNT:
                server.close()

        client.on("data", lambda chunk: t(f"C{i}.echo", chunk))
        client.on("close", on_close)

    for i in range(COUNT):
        start(i)


server = serve(lambda socket: socket.pipe(socket), on_listening)
