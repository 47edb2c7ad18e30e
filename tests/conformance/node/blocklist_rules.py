"""The rules of a BlockList in words, and what is no rule."""

import json

from tracer import attempt, t

from uvnet import net

block_list = net.BlockList()
block_list.add_subnet("3.0.0.7", 8)
t("-", *block_list.rules)
block_list.remove_subnet("3.0.0.0", 8)
t("-", block_list.size)
block_list.remove_subnet("3.0.0.7", 8)
t("-", block_list.size)
block_list.add_range("2001:DB8::0:1", "2001:db8::9", "ipv6")
t("-", *block_list.rules)
block_list.clear()
block_list.add_address("::FFFF:1.1.1.1", "ipv6")
t("-", *block_list.rules)
block_list.add_address("::ffff:1.1.1.1", "ipv6")
block_list.remove_address("1.1.1.1")
t("-", block_list.size)
block_list.add_address("fe80::1%lo", "ipv6")
t("-", *block_list.to_json())
other = net.BlockList()
other.from_json(block_list.to_json())
t("-", *other.rules)
other.from_json(json.dumps(["Range: IPv4 1.1.1.1-1.1.1.9"]))
t("-", other.size, net.BlockList.is_block_list(other), net.BlockList.is_block_list({}))

# Named as in Node, for the trace.
wrong = {
    "addAddress": [
        [5],
        ["x"],
        ["1.1.1"],
        ["::1"],
        ["1.1.1.1", 5],
        ["1.1.1.1", "x"],
        ["1.1.1.1", "ipv6"],
    ],
    "addRange": [
        ["1.1.1.2", "1.1.1.1"],
        ["1.1.1.1", 5],
        ["1.1.1.1", "::1"],
        [5, "1.1.1.1"],
    ],
    "addSubnet": [
        ["1.1.1.1", 33],
        ["1.1.1.1", -1],
        ["1.1.1.1", 1.5],
        ["1.1.1.1", "8"],
        ["1.1.1.1", float("nan")],
        ["x", 8],
        ["::1", 129, "ipv6"],
        [5, 8],
    ],
    "addCIDR": [
        ["1.1.1.1"],
        ["1.1.1.1/08"],
        ["1.1.1.1/33"],
        ["1.1.1.1/-8"],
        ["1.1.1/8"],
        ["/8"],
        [5],
        ["1.1.1.1/"],
    ],
    "addCIDRs": [["1.1.1.1/8"], [["1.1.1.1/8", "x"]]],
    "addAddresses": [["1.1.1.1"], [["1.1.1.1", "x"]]],
    "removeAddress": [["x"], [5]],
    "removeRange": [["1.1.1.2", "1.1.1.1"], ["x", "x"]],
    "removeCIDR": [["1.1.1.1"]],
    "fromJSON": [
        [5],
        [[5]],
        ["{}"],
        [["Address: IPv4 999.1.1.1"]],
        [["Subnet: IPv4 1.1.1.1/99"]],
        [["Address: IPv6 1.1.1.1"]],
    ],
    "check": [[5], ["1.1.1.1", 5]],
}
methods = {
    "addAddress": block_list.add_address,
    "addRange": block_list.add_range,
    "addSubnet": block_list.add_subnet,
    "addCIDR": block_list.add_cidr,
    "addCIDRs": block_list.add_cidrs,
    "addAddresses": block_list.add_addresses,
    "removeAddress": block_list.remove_address,
    "removeRange": block_list.remove_range,
    "removeCIDR": block_list.remove_cidr,
    "fromJSON": block_list.from_json,
    "check": block_list.check,
}
for name, calls in wrong.items():
    for i, args in enumerate(calls):
        attempt(f"- {name} {i}", lambda method=methods[name], args=args: method(*args))
t("-", block_list.size)
