"""Of several addresses the families take turns, that of the first one first; doubles count once."""

from tracer import CLOSED_PORT, t, watch

from uvnet import net

NEEDS = "ipv6"
PLATFORM = "linux"

events = ["connection_attempt", "error", "close"]
found = ["127.0.0.1", "127.0.0.2", "::1", "127.0.0.1", "127.0.0.3", "::1"]


def lookup(host, callback, **options):
    callback(None, [(address, net.is_ip(address)) for address in found])


client = net.connect(port=CLOSED_PORT, host="name.invalid", lookup=lookup)
watch(client, "C", [*events, "lookup"])
client.on("error", lambda err: t("C.errors", len(err.errors)))
