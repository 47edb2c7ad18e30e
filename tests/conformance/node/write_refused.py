"""Writes before a connection that is refused: the one that waits, and the one behind it."""

from tracer import CLOSED_PORT, HOST, t, watch

from uvnet import net

client = watch(net.connect(CLOSED_PORT, HOST), "C")
client.write("a", lambda err: t("C.written_1", err))
client.write("b", lambda err: t("C.written_2", err))
