"""A socket adopts a BoundSocket: it is not pending, and connects to a literal at once. (v26)"""

from tracer import HOST, attempt, serve, t, watch

from uvnet import net


def on_connection(socket):
    t("S.remote", same=socket.remote_port == local)
    socket.end()
    server.close()


def on_listening(port):
    client = watch(net.Socket(handle=bound), "C")

    def state():
        return {
            "pending": client.pending,
            "connecting": client.connecting,
            "ready_state": client.ready_state,
            "address": client.local_address,
            "same": client.local_port == local,
        }

    def on_connect():
        named = " ".join(f"{name}={value}" for name, value in state().items())
        t("C.state", named, client.auto_select_family_attempted_addresses)

    t("C.adopted", **state())
    client.connect(port, HOST)
    t("C.sync", **state())
    client.resume()
    client.on("connect", on_connect)


server = serve(on_connection, on_listening)
bound = net.BoundSocket(host=HOST)
local = bound.address().port
for options in ({"local_port": 1}, {"local_address": HOST}):
    other = net.Socket(handle=net.BoundSocket(host=HOST))
    attempt("- local", lambda other=other, more=options: other.connect(port=1, host=HOST, **more))
    other.destroy()
