"""A second listen() while the host of the first is looked up: the first is forgotten."""

from tracer import HOST, t, watch

from uvnet import net

PLATFORM = "linux"

server = watch(net.create_server(), "srv", ["listening", "error", "close"])


def on_listening():
    t("srv.callback", 2)
    t("srv.address", server.address().address)
    server.close()


server.listen(0, HOST, lambda: t("srv.callback", 1))
server.listen(0, "127.0.0.2", on_listening)
t("srv.sync", listening=server.listening)
