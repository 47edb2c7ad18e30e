"""'timeout' fires while the socket is connecting, and it goes on to connect."""

from tracer import HOST, serve, t, watch

from uvnet import net

answer = None


def lookup(host, callback, **options):
    global answer

    def answer():
        callback(None, HOST, 4)


def on_connection(socket):
    socket.end()
    server.close()


def on_listening(port):
    client = net.connect(port=port, host="name.invalid", auto_select_family=False, lookup=lookup)
    watch(client, "C").resume()

    def on_timeout():
        t("C.state", connecting=client.connecting, destroyed=client.destroyed)
        client.set_timeout(0)
        answer()

    client.set_timeout(20, on_timeout)


server = serve(on_connection, on_listening)
