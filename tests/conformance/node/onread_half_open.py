"""onread: a half-open socket answers after the end."""

from tracer import HOST, collect, serve, settle, t, watch

from uvnet import net


def on_connection(socket):
    collect(socket, "S").end("question")
    server.close()


def on_listening(port):
    onread = (bytearray(16), lambda size, data: t("C.onread", data[:size]))
    client = net.connect(port=port, host=HOST, onread=onread, allow_half_open=True)
    watch(client, "C")
    client.on("end", lambda: settle(lambda: client.end("answer")))


server = serve(on_connection, on_listening)
