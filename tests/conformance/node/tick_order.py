"""The ticks of one callback run before the next callback of any handle."""

from tracer import HOST, nt, serve, t

from uvnet import net


def on_connection(socket):
    socket.end("x")
    server.close()


def on_listening(port):
    client = net.connect(port, HOST)

    def tracer(event):
        def listener(*args):
            t(f"C.{event}")
            nt(f"C.{event}.nt")

        return listener

    for event in ("connect", "ready", "data", "end", "finish", "close"):
        client.on(event, tracer(event))


server = serve(on_connection, on_listening)
