"""The state of both sides of a socket's stream, event by event."""

from tracer import HOST, serve, t

from uvnet import net


def on_connection(socket):
    socket.end("bye")
    socket.resume()
    server.close()


def on_listening(port):
    client = net.connect(port, HOST)

    def flags(event):
        t(
            "C.flags",
            event,
            readable=client.readable,
            readable_ended=client.readable_ended,
            readable_flowing=client.readable_flowing,
            writable=client.writable,
            writable_ended=client.writable_ended,
            writable_finished=client.writable_finished,
            destroyed=client.destroyed,
            closed=client.closed,
        )

    flags("sync")
    for event in ("connect", "data", "end", "prefinish", "finish", "close"):
        client.on(event, lambda *args, event=event: flags(event))


server = serve(on_connection, on_listening)
