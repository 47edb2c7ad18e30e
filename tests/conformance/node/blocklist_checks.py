"""What the rules of a BlockList cover."""

from tracer import t

from uvnet import net

rules = {
    "address": lambda list: list.add_address("1.1.1.1"),
    "mapped": lambda list: list.add_address("::ffff:1.1.1.1", "ipv6"),
    "address6": lambda list: list.add_address("2001:DB8::0:1", "IPv6"),
    "range": lambda list: list.add_range("1.1.1.1", "1.1.1.9"),
    "range1": lambda list: list.add_range("1.1.1.1", "1.1.1.1", "IPV4"),
    "range6": lambda list: list.add_range("2001:db8::1", "2001:db8::9", "ipv6"),
    "subnet27": lambda list: list.add_subnet("1.1.1.7", 27),
    "subnet0": lambda list: list.add_subnet("1.1.1.1", 0),
    "subnet51": lambda list: list.add_subnet("2001:db8::1", 51, "ipv6"),
    "subnet96": lambda list: list.add_subnet("::ffff:0:0", 96, "ipv6"),
    "everything": lambda list: list.add_subnet("::", 0, "ipv6"),
    "cidr": lambda list: list.add_cidr("1.1.0.0/16"),
    "private": lambda list: list.add_cidrs(net.BlockList.PRIVATE_RANGES),
}
asked = [
    "0.0.0.0",
    "1.1.1.0",
    "1.1.1.1",
    "1.1.1.9",
    "1.1.1.31",
    "1.1.1.32",
    "127.1.1.1",
    "255.255.255.255",
]
asked6 = [
    "::",
    "::1",
    "::101:101",
    "::ffff:1.1.1.1",
    "::ffff:1.1.1.31",
    "2001:db8::1",
    "2001:db8::9",
    "2001:db8::a",
    "2001:db8:0:1fff::",
    "2001:db8:0:2000::",
    "fe80::1",
]

for name, add in rules.items():
    block_list = net.BlockList()
    add(block_list)
    t(
        f"- {name}",
        *[text for text in asked if block_list.check(text)],
        *[text for text in asked6 if block_list.check(text, "ipv6")],
    )
    parsed = [net.SocketAddress(address=text, port=5) for text in asked]
    t(f"- {name}", *[each.address for each in parsed if block_list.check(each)])
    block_list.clear()
    t(f"- {name}", block_list.size, *[text for text in asked if block_list.check(text)])
