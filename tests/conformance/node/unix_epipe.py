"""Over a path: a half-open client writes to a peer that is gone."""

from tracer import message, nt, settle, t, temp_path, watch

from uvnet import net

path = temp_path()


def on_connection(socket):
    socket.destroy()
    server.close()


def on_listening():
    client = watch(net.connect(path=path, allow_half_open=True), "C")
    client.resume()

    def write():
        t("C.write", client.write("x", lambda err: t("C.written", err, message(err))))
        nt("C.nt")

    client.on("end", lambda: settle(write))


server = net.create_server(on_connection)
server.listen(path, on_listening)
