"""Block lists and addresses in use: what a type checker makes of it is asserted, and it runs."""

from __future__ import annotations

import copy
from typing import assert_type

from uvnet import _core, net


def values() -> None:
    address = net.SocketAddress(address="::1", family="ipv6", port="80", flowlabel=5)
    assert_type(address.address, str)
    assert_type(address.family, str)
    assert_type(address.port, int)
    assert_type(address.flowlabel, int)
    assert_type(net.SocketAddress.parse("[::1]:80"), net.SocketAddress | None)
    assert isinstance(address.to_json(), dict) and len({address}) == 1
    value: object = address
    if net.SocketAddress.is_socket_address(value):
        assert_type(value, net.SocketAddress)


def rules() -> None:
    block_list = net.BlockList()
    block_list.add_address("1.2.3.4")
    block_list.add_address(net.SocketAddress())
    block_list.add_range(net.SocketAddress(address="1.2.3.4"), "1.2.3.9")
    block_list.add_subnet("::1", 64, "ipv6")
    block_list.add_cidrs(net.BlockList.PRIVATE_RANGES)
    block_list.add_addresses(["1.2.3.4", net.SocketAddress()])
    assert_type(block_list.check("1.2.3.4"), bool)
    assert_type(block_list.rules, list[str])
    assert_type(block_list.size, int)
    block_list.from_json(block_list.to_json())
    assert_type(copy.copy(block_list), net.BlockList)
    value: object = block_list
    if net.BlockList.is_block_list(value):
        assert_type(value, net.BlockList)
    server = net.Server(block_list=block_list)
    assert_type(server.block_list, net.BlockList | None)
    server.block_list = None
    assert_type(net.Socket(block_list=block_list).block_list, net.BlockList | None)


def low_level() -> None:
    rules = _core.BlockRules()
    address = _core.SockAddr("1.2.3.4", 80)
    assert_type(rules.add(address, prefix=24), int)
    assert_type(rules.check(address), bool)
    assert_type(rules.texts(), list[str])


if __name__ == "__main__":
    values()
    rules()
    low_level()
