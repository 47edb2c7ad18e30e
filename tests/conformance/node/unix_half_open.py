"""Over a path: a half-open client answers after the server's end."""

from tracer import collect, settle, t, temp_path, watch

from uvnet import net

path = temp_path()


def on_connection(socket):
    collect(watch(socket, "S"), "S").end("question")
    server.close()


def on_listening():
    client = watch(net.connect(path=path, allow_half_open=True), "C")
    collect(client, "C")

    def on_end():
        t("C.state", ready_state=client.ready_state)
        settle(lambda: client.end("answer"))

    client.on("end", on_end)


server = net.create_server(on_connection)
server.listen(path, on_listening)
