"""The idle timeout of a socket that connects again is set anew."""

from tracer import HOST, serve, t, watch

from uvnet import net

connections = 0


def on_connection(socket):
    global connections
    connections += 1
    socket.resume()
    if connections == 2:
        server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.resume()

    def on_close(had_error):
        client.connect(port, HOST)
        client.once("connect", on_second)

    def on_second():
        client.set_timeout(20, lambda: client.end())
        t("C.state", timeout=client.timeout)

    client.set_timeout(500)
    client.once("connect", client.destroy)
    client.once("close", on_close)


server = serve(on_connection, on_listening)
