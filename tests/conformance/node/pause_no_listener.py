"""pause() before 'connect', and no 'data' listener before it: the kernel is not read at all."""

from tracer import HOST, reading, serve, settle, t, watch

from uvnet import net


def on_connection(socket):
    socket.end("abc")
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.pause()

    def resume():
        t("C.later", bytes_read=client.bytes_read, reading=reading(client))
        client.on("data", lambda chunk: t("C.data", chunk))
        client.resume()

    client.on("connect", lambda: settle(resume))


server = serve(on_connection, on_listening)
