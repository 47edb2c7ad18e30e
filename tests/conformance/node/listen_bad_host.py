"""A host that cannot be looked up: the error is the lookup's, and the server may listen again."""

from tracer import HOST, t, watch

from uvnet import net

server = watch(net.create_server(), "srv", ["listening", "error", "close"])


def on_error(err):
    t("srv.state", listening=server.listening, hostname=len(err.hostname))
    server.listen(0, HOST, server.close)


server.once("error", on_error)
server.listen(0, f"{'x' * 64}.invalid")
t("srv.sync", listening=server.listening)
