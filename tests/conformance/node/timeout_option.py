"""The timeout option of connect() is set at once, and runs while the socket connects."""

from tracer import CLOSED_PORT, later, t, watch

from uvnet import net


def lookup(host, callback, **options):
    pass


client = watch(net.connect(port=CLOSED_PORT, host="name.invalid", timeout=20, lookup=lookup), "C")
t("C.state", timeout=client.timeout)
client.on("timeout", client.destroy)
later(100, lambda: t("C.later"))
