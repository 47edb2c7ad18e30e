"""A 'data' listener beside a pipe, added while it runs: both get what comes."""

from tracer import HOST, serve, t, watch

from uvnet import net

peer = None


def listen():
    peer.on("data", lambda chunk: t("S.data", chunk))
    peer.write("!")


def on_connection(socket):
    global peer
    peer = watch(socket, "S", ["end", "finish", "close"])
    socket.pipe(socket)
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    received = bytearray()

    def on_data(chunk):
        received.extend(chunk)
        if received == b"one":
            listen()
        if received == b"one!":
            client.end("two")

    client.on("data", on_data)
    client.on("end", lambda: t("C.received", received))
    client.write("one")


server = serve(on_connection, on_listening)
