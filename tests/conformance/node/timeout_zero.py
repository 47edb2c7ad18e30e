"""setTimeout(0, callback) turns it off and takes that listener away."""

from tracer import HOST, later, serve, t, watch

from uvnet import net


def on_connection(socket):
    socket.resume()
    later(120, socket.end)
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.resume()

    def callback():
        t("C.timeout_callback")

    client.set_timeout(30, callback)
    t("C.set", client.listener_count("timeout"), timeout=client.timeout)
    client.set_timeout(0, callback)
    t("C.set", client.listener_count("timeout"), timeout=client.timeout)


server = serve(on_connection, on_listening)
