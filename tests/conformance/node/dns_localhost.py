"""A name is looked up in another thread: after the ticks, with ticks after each callback."""

from tracer import nt, t

from uvnet import dns


def one(err, address, family):
    t("- one", err, address, family)
    nt("- nt in one")
    dns.lookup("localhost", several, family="IPv4", all=True)
    nt("- nt after")


def several(err, addresses):
    t("- all", err, len(addresses), addresses[0])
    nt("- nt in all")
    dns.lookup("127.1", lambda err, address, family: t("- legacy", err, address, family))


dns.lookup("localhost", one, family=4)
nt("- nt")
t("- sync")
