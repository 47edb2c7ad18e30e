"""pauseOnConnect: not a byte of an accepted socket is read until resume()."""

from tracer import HOST, collect, reading, serve, settle, t, watch

from uvnet import net


def on_connection(socket):
    t(
        "S.state",
        reading=reading(socket),
        readable_flowing=socket.readable_flowing,
        is_paused=socket.is_paused(),
    )
    collect(watch(socket, "S"), "S")

    def resume():
        t("S.later", bytes_read=socket.bytes_read)
        socket.resume()

    settle(resume)
    server.close()


def on_listening(port):
    client = net.connect(port, HOST)
    client.end("hello")
    client.resume()


server = serve(on_connection, on_listening, pause_on_connect=True)
