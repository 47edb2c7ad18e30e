"""destroy() of a paused socket: resume() does nothing, but read() gives what it had buffered."""

from tracer import HOST, serve, settle, t, watch

from uvnet import net

DIFFERS = "a destroyed stream gives no 'data'"


def on_connection(socket):
    socket.write("lost")
    socket.on("error", lambda err: None)
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.on("data", lambda chunk: t("C.data", chunk))
    client.pause()

    def destroy():
        t("C.state", readable_length=client.readable_length)
        client.destroy()
        client.resume()
        t("C.read", client.read())

    client.on("connect", lambda: settle(destroy))


server = serve(on_connection, on_listening)
