"""bytes_written after a write that the kernel refuses."""

from tracer import HOST, serve, settle, t, watch

from uvnet import net

DIFFERS = "what is written is counted, whether it is text or bytes"

lives = 2


def on_connection(socket):
    global lives
    socket.destroy()
    lives -= 1
    if lives == 0:
        server.close()


def connect(port, end, data):
    client = watch(net.connect(port=port, host=HOST, allow_half_open=True), end)
    client.resume()

    def on_end():
        client.write("x")
        settle(lambda: client.write(data))

    client.on("end", on_end)
    client.on("close", lambda had_error: t(f"{end}.state", bytes_written=client.bytes_written))


def on_listening(port):
    connect(port, "C1", "text")
    connect(port, "C2", b"bytes")


server = serve(on_connection, on_listening)
