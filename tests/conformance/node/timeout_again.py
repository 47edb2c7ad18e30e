"""After it has fired once, activity arms it again."""

from tracer import HOST, serve, settle, t

from uvnet import net

peer = None


def on_connection(socket):
    global peer
    peer = socket
    server.close()


def on_listening(port):
    client = net.connect(port, HOST)
    client.on("data", lambda chunk: t("C.data", chunk))
    client.on("close", lambda had_error: t("C.close", had_error))
    client.on("connect", lambda: client.set_timeout(40))
    count = 0

    def on_timeout():
        nonlocal count
        count += 1
        t("C.timeout", count)
        if count == 2:
            client.destroy()
        else:
            settle(lambda: peer.write("x"))

    client.on("timeout", on_timeout)


server = serve(on_connection, on_listening)
