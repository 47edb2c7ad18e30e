"""A lookup that answers later, with one address: then all goes its usual way."""

from tracer import HOST, serve, settle, t, watch

from uvnet import net


def lookup(host, callback, **options):
    t("C.asked", host, all=options["all"])
    settle(lambda: callback(None, HOST, 4))


def on_connection(socket):
    socket.end()
    server.close()


def on_listening(port):
    client = net.connect(port=port, host="name.invalid", auto_select_family=False, lookup=lookup)
    watch(client, "C")
    client.resume()
    t("C.sync", connecting=client.connecting, ready_state=client.ready_state)


server = serve(on_connection, on_listening)
