"""What fails when a socket that adopted a BoundSocket connects, is told later. (v26)"""

from tracer import CLOSED_PORT, HOST, t, watch

from uvnet import net


def adopt(end):
    return watch(net.Socket(handle=net.BoundSocket(host=HOST)), end)


def lookup(host, callback, **options):
    t("name.asked", all=options["all"])
    callback(None, HOST, 4)


adopt("refused").connect(CLOSED_PORT, HOST)
t("refused.sync")
adopt("family").connect(CLOSED_PORT, "::1")
t("family.sync")
adopt("name").connect(port=CLOSED_PORT, host="name.invalid", lookup=lookup)
t("name.sync")
adopt("written").write("x", lambda err: t("written.callback", err))
adopt("destroyed").destroy()
