"""close() inside 'connection': no longer listening at once, but the server waits for its socket."""

from tracer import HOST, nt, serve, settle, t, watch

from uvnet import net

client = None


def on_connection(socket):
    server.close(lambda err: t("srv.close_callback", err))
    t("srv.sync", f"listening={server.listening}", server.address())
    watch(socket, "S").resume()
    nt("srv.nt")
    settle(end)


def end():
    t("srv.later")
    client.end()


def on_listening(port):
    global client
    watch(server, "srv", ["close"])
    client = watch(net.connect(port, HOST), "C")
    client.resume()


server = serve(on_connection, on_listening)
