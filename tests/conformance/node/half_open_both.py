"""Both ends are half-open: each ends on its own, and writes after the other's end."""

from tracer import HOST, collect, serve, settle, t, watch

from uvnet import net


def on_connection(socket):
    collect(watch(socket, "S"), "S").end("from the server")
    server.close()


def on_listening(port):
    client = watch(net.connect(port=port, host=HOST, allow_half_open=True), "C")
    collect(client, "C")

    def answer():
        t("C.state", readable=client.readable, writable=client.writable)
        client.write("from ")
        client.end("the client")

    client.on("end", lambda: settle(answer))


server = serve(on_connection, on_listening, allow_half_open=True)
