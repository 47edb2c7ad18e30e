"""Several addresses, all refused: each is tried in turn, and one error tells of all."""

from tracer import CLOSED_PORT, t, watch

from uvnet import net
from uvnet.errors import AggregateError

NEEDS = "ipv6"
PLATFORM = "linux"


def lookup(host, callback, *, family, hints, all):
    t("C.asked", family=family, all=all, hints=hints > 0)
    callback(None, [("::1", 6), ("127.0.0.1", 4), ("127.0.0.2", 4)])


def on_error(err):
    t("C.message", len(err.message), isinstance(err, AggregateError))
    for each in err.errors:
        t("C.each", each, str(each))
    t("C.attempted", " ".join(client.auto_select_family_attempted_addresses))


client = watch(net.connect(port=CLOSED_PORT, host="name.invalid", lookup=lookup), "C")
client.on("error", on_error)
