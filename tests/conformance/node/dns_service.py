"""The names of an address and of a port."""

from tracer import nt, t

from uvnet import dns


def kind(value):
    return "string" if isinstance(value, str) else value


def known(err, hostname, service):
    t("- known", err, kind(hostname), kind(service))
    nt("- nt")
    dns.lookup_service("127.0.0.1", 1, another)


def another(err, hostname, service):
    t("- another", err, kind(hostname), kind(service))


dns.lookup_service("127.0.0.1", "0x50", known)
nt("- nt first")
t("- sync")
