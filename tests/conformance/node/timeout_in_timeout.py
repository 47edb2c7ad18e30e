"""setTimeout() in 'timeout' starts another one."""

from tracer import HOST, serve, t, watch

from uvnet import net


def on_connection(socket):
    socket.resume()
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.resume()

    def on_timeout():
        client.set_timeout(30, lambda: client.end())
        t("C.state", timeout=client.timeout)

    client.on("connect", lambda: client.set_timeout(20))
    client.once("timeout", on_timeout)


server = serve(on_connection, on_listening)
