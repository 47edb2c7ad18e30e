"""Without a host listen() binds at once, and 'listening' precedes ticks that are queued later."""

from tracer import later, nt, t, watch

from uvnet import net

server = watch(net.create_server(), "srv", ["listening", "close"])
server.listen(0)
t("srv.sync", listening=server.listening, bound=server.address() is not None)
nt("srv.nt")
later(10, server.close)
