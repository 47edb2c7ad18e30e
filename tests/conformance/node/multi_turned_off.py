"""With autoSelectFamily off, or a family or local address given, one address is asked for."""

from tracer import CLOSED_PORT, HOST, t, watch

from uvnet import net

cases = {
    "off": {"auto_select_family": False},
    "family": {"family": 4},
    "named": {"family": "IPv4"},
    "local": {"local_address": HOST},
}


def start(name, more):
    def lookup(host, callback, *, family, hints, all):
        t(f"- {name}", family=family, all=all)
        callback(None, HOST, 4)

    def on_close(had_error):
        t(f"{name}.tried", client.auto_select_family_attempted_addresses)

    client = net.connect(port=CLOSED_PORT, host="name.invalid", lookup=lookup, **more)
    watch(client, name, ["lookup", "error"])
    client.on("close", on_close)


for name, more in cases.items():
    start(name, more)
