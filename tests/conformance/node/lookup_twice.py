"""A lookup that answers twice: the second answer comes too late."""

from tracer import HOST, serve, settle, watch

from uvnet import net


def on_connection(socket):
    socket.end()
    server.close()


def on_listening(port):
    def lookup(host, callback, **options):
        callback(None, HOST, 4)
        settle(lambda: callback(None, HOST, 4))

    client = net.connect(port=port, host="name.invalid", auto_select_family=False, lookup=lookup)
    watch(client, "C", ["connect", "error", "close"]).resume()


server = serve(on_connection, on_listening)
