"""Aborting closes a server, quietly."""

from tracer import t, watch

from uvnet import net
from uvnet.abort import AbortController

controller = AbortController()
server = watch(net.create_server(), "srv", ["listening", "close", "error"])


def on_listening():
    controller.abort()
    t("srv.sync", listening=server.listening)


server.on("listening", on_listening)
server.listen(port=0, signal=controller.signal)
