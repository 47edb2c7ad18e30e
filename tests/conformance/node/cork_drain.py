"""Corked writes count against the high-water mark: 'drain' comes when uncork() has sent them."""

from tracer import HOST, nt, serve, settle, t, watch

from uvnet import net


def on_connection(socket):
    socket.resume()
    server.close()


def on_listening(port):
    client = watch(net.connect(port, HOST), "C")
    client.resume()

    def uncork():
        t("C.uncork")
        client.uncork()
        nt("C.nt")

    def on_connect():
        client.cork()
        t("C.write", client.write(bytes(40_000)), client.write(bytes(40_000)))
        t("C.state", need_drain=client.writable_need_drain)
        settle(uncork)

    client.on("connect", on_connect)
    client.on("drain", client.end)


server = serve(on_connection, on_listening)
