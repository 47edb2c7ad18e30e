"""A lookup that answers something that is no address."""

from tracer import message, t, watch

from uvnet import net


def lookup(host, callback, **options):
    callback(None, "no address", 4)


client = net.connect(port=1, host="name.invalid", auto_select_family=False, lookup=lookup)
watch(client, "C")
client.on("error", lambda err: t("C.message", message(err)))
