"""Where Node's BlockList is silent, or not of one mind."""

from tracer import attempt, t

from uvnet import net

DIFFERS = "what is wrong is an error, a rule is there once, IPv4 is mapped in every rule"

block_list = net.BlockList()
block_list.add_subnet("0.0.0.0", 0)


def check(*args):
    attempt(f"- check {','.join(args)}", lambda: block_list.check(*args))


check("x")
check("::1")
check("1.1.1.1", "ipv6")
check("1.1.1.1", "x")

# An IPv6 range around the IPv4-mapped addresses.
block_list.clear()
block_list.add_range("::", "ffff::", "ipv6")
t("- around", block_list.check("1.1.1.1"), block_list.check("::ffff:1.1.1.1", "ipv6"))

# The same rule twice.
block_list.clear()
for _ in range(2):
    block_list.add_subnet("1.1.1.0", 24)
    block_list.add_range("1.1.1.1", "1.1.1.2")
    block_list.add_address("1.1.1.1")
t("- twice", block_list.size)

# All or nothing.
block_list.clear()
attempt("- addCIDRs", lambda: block_list.add_cidrs(["1.1.1.1/8", "1.1.1.1/99"]))
t("- addCIDRs", block_list.size)
attempt("- fromJSON", lambda: block_list.from_json(["a word"]))
