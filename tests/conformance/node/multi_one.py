"""One address of several that were asked for: then it is a plain attempt."""

from tracer import HOST, serve, t, watch

from uvnet import net


def lookup(host, callback, **options):
    t("C.asked", all=options["all"])
    callback(None, [(HOST, 4), (HOST, 4)])


def on_connection(socket):
    socket.end()
    server.close()


def on_listening(port):
    client = watch(net.connect(port=port, host="name.invalid", lookup=lookup), "C")
    client.resume()
    client.on("connect", lambda: t("C.attempted", client.auto_select_family_attempted_addresses))


server = serve(on_connection, on_listening)
