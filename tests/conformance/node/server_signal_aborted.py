"""A signal that is aborted already closes the server before it can tell that it listens."""

from tracer import nt, t, watch

from uvnet import net
from uvnet.abort import AbortSignal

server = watch(net.create_server(), "srv", ["listening", "close", "error"])
server.listen(port=0, signal=AbortSignal.abort())
t("srv.sync")
nt("srv.nt")
