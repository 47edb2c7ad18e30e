"""A path that does not fit into an address is an 'error' on both sides, never cut."""

from tracer import t, watch

from uvnet import net

path = "/tmp/" + "a" * 120
server = watch(net.create_server(), "srv", ["listening", "error", "close"])
server.listen(path)
t("srv.sync", listening=server.listening)
watch(net.connect(path), "C")
