"""destroy() in 'lookup': no attempt is made."""

from tracer import CLOSED_PORT, HOST, settle, watch

from uvnet import net


def lookup(host, callback, **options):
    settle(lambda: callback(None, HOST, 4))


client = net.connect(port=CLOSED_PORT, host="name.invalid", auto_select_family=False, lookup=lookup)
watch(client, "C")
client.on("lookup", lambda err, address, family, host: client.destroy())
