"""end() before a connection that is refused: its callback comes after 'close'."""

from tracer import CLOSED_PORT, HOST, t, watch

from uvnet import net

client = watch(net.connect(CLOSED_PORT, HOST), "C")
client.end(lambda err: t("C.end_callback", err))
