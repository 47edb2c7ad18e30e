"""close() while the host is looked up: no 'listening', and nothing is bound."""

from tracer import HOST, later, t, watch

from uvnet import net

server = watch(net.create_server(), "srv", ["listening", "close", "error"])
server.listen(0, HOST, lambda: t("srv.callback"))
server.close(lambda err: t("srv.close_callback", err))
t("srv.sync", listening=server.listening)
later(50, lambda: t("srv.later", listening=server.listening))
