"""close() right after listen(): no 'listening'."""

from tracer import t, watch

from uvnet import net

server = watch(net.create_server(), "srv", ["listening", "close"])
server.listen(0, lambda: t("srv.callback"))
server.close()
t("srv.sync", listening=server.listening)
