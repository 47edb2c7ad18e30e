"""A lookup that fails, even at once: the error comes in a later tick."""

from tracer import nt, t, watch

from uvnet import net


def lookup(host, callback, **options):
    exc = OSError("not found")
    exc.code = "ENOTFOUND"
    callback(exc)


client = net.connect(port=1, host="name.invalid", lookup=lookup)
t("C.sync")
watch(client, "C")
nt("C.nt")
