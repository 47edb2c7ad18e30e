"""'pause' and 'resume' tell what pause() and resume() changed."""

from tracer import HOST, later, serve, t, watch

from uvnet import net


def on_connection(socket):
    later(60, lambda: socket.end("x"))
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C", ["connect", "pause", "resume", "end", "close"])

    def flowing():
        t("C.flowing", client.readable_flowing, client.is_paused())

    def on_connect():
        flowing()
        client.pause().resume().pause()
        later(20, client.resume)

    flowing()
    client.pause()
    flowing()
    client.pause()
    client.resume()
    flowing()
    client.on("connect", on_connect)


server = serve(on_connection, on_listening)
