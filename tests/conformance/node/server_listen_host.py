"""With a host, even an address, listen() is asynchronous."""

from tracer import HOST, im, nt, t, watch

from uvnet import net

server = watch(net.create_server(), "srv", ["listening", "close"])


def on_listening():
    t("srv.callback")
    server.close()


server.listen(0, HOST, on_listening)
t("srv.sync", listening=server.listening, bound=server.address() is not None)
nt("srv.nt")
im("srv.im")
