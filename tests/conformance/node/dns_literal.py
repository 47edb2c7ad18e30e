"""A literal is its own address, whatever the family: a tick later, among other ticks."""

from tracer import im, nt, t

from uvnet import dns


def six(err, address, family):
    t("- six", err, address, family)
    nt("- nt in six")


im("- im")
nt("- nt1")
dns.lookup("127.0.0.1", lambda err, address, family: t("- four", err, address, family))
nt("- nt2")
dns.lookup("::1", six, family=4)
dns.lookup(
    "fe80::1%nowhere",
    lambda err, addresses: t("- all", err, len(addresses), addresses[0]),
    all=True,
    order="ipv4first",
)
nt("- nt3")
t("- sync")
