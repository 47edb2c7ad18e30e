"""A local address that is none of ours."""

from tracer import CLOSED_PORT, HOST, message, t, watch

from uvnet import net

options = {"port": CLOSED_PORT, "host": HOST, "local_address": "192.0.2.200"}
client = watch(net.connect(**options), "C")
client.on("error", lambda err: t("C.message", message(err)))
