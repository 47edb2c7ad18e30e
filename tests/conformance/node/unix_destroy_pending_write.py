"""Over a path: destroy() with 20 MB queued."""

from tracer import im, nt, settle, t, temp_path, watch

from uvnet import net

peer = None
path = temp_path()


def on_connection(socket):
    global peer
    peer = socket
    server.close()


def on_listening():
    client = watch(net.connect(path), "C")

    def destroy():
        client.destroy()
        nt("C.nt")
        im("C.im")

    def on_connect():
        client.write(bytes(20_000_000), lambda err: t("C.written_1", err))
        client.write("b", lambda err: t("C.written_2", err))
        settle(destroy)

    client.on("close", lambda had_error: peer.destroy())
    client.on("connect", on_connect)


server = net.create_server(on_connection, pause_on_connect=True)
server.listen(path, on_listening)
