"""The default order of addresses."""

from tracer import t

from uvnet import dns

t("- first", dns.get_default_result_order())
for order in ("ipv4first", "ipv6first", "verbatim"):
    dns.set_default_result_order(order)
    t("- then", dns.get_default_result_order(), dns.promises.get_default_result_order())
