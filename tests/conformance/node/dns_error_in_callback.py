"""An exception in the callback of a lookup is nobody's, and the ticks go on."""

from tracer import nt, settle, t, trace_uncaught

from uvnet import dns


def service(*args):
    nt("- nt in service")
    raise RuntimeError("service")


def name(*args):
    nt("- nt in name")
    settle(lambda: dns.lookup_service("127.0.0.1", 80, service))
    raise RuntimeError("name")


def literal(*args):
    nt("- nt in literal")
    settle(lambda: dns.lookup("localhost", name))
    raise RuntimeError("literal")


trace_uncaught("-")
dns.lookup("127.0.0.1", literal)
nt("- nt")
t("- sync")
