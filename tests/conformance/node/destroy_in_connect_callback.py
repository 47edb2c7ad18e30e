"""destroy() in 'connect', before the writes that wait for the connection get their turn."""

from tracer import HOST, collect, serve, t, watch

from uvnet import net

DIFFERS = "what waited for the connection fails as it always does: after 'close'"


def on_connection(socket):
    collect(socket, "S")
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST, lambda: client.destroy()), "C")
    client.write("a", lambda err: t("C.written_1", err))
    client.write("b", lambda err: t("C.written_2", err))


server = serve(on_connection, on_listening)
