"""pause() of a piped source holds the pipe back, until resume()."""

from tracer import HOST, collect, serve, settle, t, watch

from uvnet import net


def on_connection(socket):
    socket.pipe(socket)
    socket.pause()
    t("S.paused", readable_flowing=socket.readable_flowing, is_paused=socket.is_paused())

    def resume():
        t("S.later", bytes_written=socket.bytes_written)
        socket.resume()

    settle(resume)
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    collect(client, "C").end("hello")


server = serve(on_connection, on_listening)
