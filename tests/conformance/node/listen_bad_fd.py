"""A descriptor that is none is an 'error', not an exception."""

from tracer import message, t, watch

from uvnet import net

server = watch(net.create_server(), "srv", ["listening", "error", "close"])
server.on("error", lambda err: t("srv.message", message(err)))
server.listen(fd=4242)
t("srv.sync", listening=server.listening)
