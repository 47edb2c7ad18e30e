"""Several addresses, the second succeeds: no error is told."""

from tracer import serve, t, watch

from uvnet import net

NEEDS = "ipv6"


def lookup(host, callback, **options):
    callback(None, [("::1", 6), ("127.0.0.1", 4), ("127.0.0.2", 4)])


def on_connection(socket):
    socket.end()
    server.close()


def on_listening(port):
    client = watch(net.connect(port=port, host="name.invalid", lookup=lookup), "C")
    client.resume()

    def on_connect():
        t("C.attempted", " ".join(client.auto_select_family_attempted_addresses))
        t("C.remote", client.remote_address, client.remote_family, client.local_family)

    client.on("connect", on_connect)


server = serve(on_connection, on_listening)
