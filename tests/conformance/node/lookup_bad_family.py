"""A lookup that answers a family that is none."""

from tracer import HOST, message, t, watch

from uvnet import net


def lookup(host, callback, **options):
    callback(None, HOST, 100)


client = net.connect(port=1, host="name.invalid", auto_select_family=False, lookup=lookup)
watch(client, "C")
client.on("error", lambda err: t("C.message", message(err)))
