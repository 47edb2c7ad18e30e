"""close() of a server that never listened."""

from tracer import message, nt, t, watch

from uvnet import net

server = watch(net.create_server(), "srv", ["close"])
server.close(lambda err: t("srv.callback", err, message(err)))
t("srv.sync")
nt("srv.nt")
