"""The idle timeout of a half-open socket goes on after the peer's end."""

from tracer import HOST, serve, t, watch

from uvnet import net


def on_connection(socket):
    socket.end()
    socket.resume()
    server.close()


def on_listening(port):
    client = watch(net.connect(port=port, host=HOST, allow_half_open=True), "C")
    client.resume()
    client.on("end", lambda: client.set_timeout(20))

    def on_timeout():
        t("C.state", ready_state=client.ready_state)
        client.end()

    client.on("timeout", on_timeout)


server = serve(on_connection, on_listening)
