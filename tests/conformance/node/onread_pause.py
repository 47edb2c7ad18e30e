"""onread: a callback that answers false pauses, until resume()."""

from tracer import HOST, reading, serve, settle, t, watch

from uvnet import net


def on_connection(socket):
    socket.end("abcdef")
    socket.resume()
    server.close()


def on_listening(port):
    reads = 0

    def resume():
        t("C.later", reading=reading(client))
        client.resume()

    def callback(size, data):
        nonlocal reads
        t("C.onread", bytes(data[:size]))
        reads += 1
        if reads > 1:
            return 0  # False alone pauses
        settle(resume)
        return False

    onread = (bytearray(2), callback)
    client = watch(net.connect(port=port, host=HOST, onread=onread), "C")


server = serve(on_connection, on_listening)
