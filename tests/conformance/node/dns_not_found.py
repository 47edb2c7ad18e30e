"""Names that the resolver refuses by itself: an empty label, and one of 64 letters."""

from tracer import message, nt, t

from uvnet import dns


def empty_label(err, address, family):
    t("- empty label", err, message(err), address, family, err.hostname)
    nt("- nt")
    dns.lookup("x" * 64 + ".invalid", long_label, all=True)


def long_label(err, addresses):
    t("- long label", err, addresses)


dns.lookup("a..b", empty_label)
t("- sync")
