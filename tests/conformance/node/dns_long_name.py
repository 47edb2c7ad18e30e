"""Names that no host can have: 256 letters, and half of a surrogate pair. A tick later."""

from tracer import nt, t

from uvnet import dns

DIFFERS = "there is no such name: ENOTFOUND, as of names that the resolver refuses"

nt("- nt1")
dns.lookup("x." * 127 + "xx", lambda err, *found: t("- long", err))
dns.lookup("\ud800", lambda err, *found: t("- surrogate", err), all=True)
nt("- nt2")
