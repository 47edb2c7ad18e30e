"""BlockList: what its rules forbid, and the rules themselves."""

from __future__ import annotations

import copy
import gc
import ipaddress
import json
import os
import pickle
import random
import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from uvnet import _core
from uvnet.errors import (
    ERR_INVALID_ADDRESS,
    ERR_INVALID_ARG_TYPE,
    ERR_INVALID_ARG_VALUE,
    ERR_OUT_OF_RANGE,
)
from uvnet.net import BlockList, SocketAddress

Interval = tuple[int, int]  # in the space of IPv6, both ends included
MAPPED = 0xFFFF << 32


def six(text: str, **options: Any) -> SocketAddress:
    return SocketAddress(address=text, family="ipv6", **options)


def number_of(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> int:
    return int(address) if address.version == 6 else MAPPED | int(address)


# ------------------------------------------------------------------------ checking


def test_nodes_own_example() -> None:
    block_list = BlockList()
    block_list.add_address("123.123.123.123")
    block_list.add_range("10.0.0.1", "10.0.0.10")
    block_list.add_subnet("8592:757c:efae:4e45::", 64, "ipv6")
    assert block_list.check("123.123.123.123")
    assert block_list.check("10.0.0.3")
    assert not block_list.check("222.111.111.222")
    assert block_list.check("::ffff:7b7b:7b7b", "ipv6")
    assert block_list.check("::ffff:123.123.123.123", "ipv6")
    assert block_list.check("8592:757c:efae:4e45::1", "ipv6")


@pytest.mark.parametrize("family", ["ipv4", "IPv4", "IPV4", "ipV4"])
def test_families_in_any_case(family: str) -> None:
    block_list = BlockList()
    block_list.add_address("1.1.1.1", family)
    block_list.add_range("1.1.2.1", "1.1.2.9", family)
    block_list.add_subnet("1.1.3.0", 24, family)
    block_list.add_address("1::1", family.replace("4", "6"))
    for text in ("1.1.1.1", "1.1.2.5", "1.1.3.5"):
        assert block_list.check(text, family)
        assert block_list.check(f"::ffff:{text}", family.replace("4", "6"))
        assert block_list.check(SocketAddress(address=text, port=5))
        assert block_list.check(six(f"::ffff:{text}", flowlabel=5))
    assert block_list.check(six("1::1"))
    assert not block_list.check("1.1.2.10")


@pytest.mark.parametrize(
    ("rule", "inside", "outside"),
    [
        (("::ffff:1.1.1.1", "ipv6"), ["1.1.1.1"], ["1.1.1.2"]),
        (("::ffff:1.1.1.0", 120, "ipv6"), ["1.1.1.0", "1.1.1.255"], ["1.1.0.255", "1.1.2.0"]),
        (("::ffff:1.1.1.1", 96, "ipv6"), ["0.0.0.0", "255.255.255.255"], []),
        (("::", 0, "ipv6"), ["0.0.0.0", "255.255.255.255"], []),
        (("0.0.0.0", 0), ["9.9.9.9"], []),
        (("1.1.1.64", 27), ["1.1.1.64", "1.1.1.95"], ["1.1.1.63", "1.1.1.96"]),
        (("::ffff:1.1.1.1", "::ffff:1.1.1.9", "ipv6"), ["1.1.1.9"], ["1.1.1.10", "1.1.1.0"]),
        (("::", "ffff::", "ipv6"), ["1.1.1.1"], []),
        ((SocketAddress(address="1.1.1.1"), six("::ffff:1.1.1.9")), ["1.1.1.5"], ["1.1.1.10"]),
    ],
)  # fmt: skip
def test_mapped_addresses(rule: Any, inside: list[str], outside: list[str]) -> None:
    block_list = BlockList()
    if isinstance(rule[1], int):
        block_list.add_subnet(*rule)
    elif isinstance(rule[1], SocketAddress) or len(rule) == 3:
        block_list.add_range(*rule)
    else:
        block_list.add_address(*rule)
    for text, expected in [(text, True) for text in inside] + [(text, False) for text in outside]:
        assert block_list.check(text) is expected
        assert block_list.check(f"::ffff:{text}", "ipv6") is expected


def test_ipv4_networks_leave_ipv6_alone() -> None:
    block_list = BlockList()
    block_list.add_subnet("0.0.0.0", 0)
    assert block_list.check("::ffff:9.9.9.9", "ipv6")
    assert not block_list.check("::1", "ipv6")
    assert not block_list.check("::9.9.9.9", "ipv6")
    assert not block_list.check("::1:0:0:0", "ipv6")


def test_rules_over_each_other() -> None:
    block_list = BlockList()
    block_list.add_subnet("10.0.0.0", 8)
    block_list.add_range("10.0.0.0", "10.255.255.255")
    block_list.add_address("10.0.0.1")
    block_list.remove_subnet("10.0.0.0", 8)
    assert block_list.check("10.0.0.1") and block_list.check("10.9.9.9")
    block_list.remove_range("10.0.0.0", "10.255.255.255")
    assert block_list.check("10.0.0.1") and not block_list.check("10.9.9.9")


# -------------------------------------------------------------------------- errors

METHODS: list[tuple[str, Callable[[str, Any], tuple[Any, ...]]]] = [
    ("check", lambda address, *family: (address, *family)),
    ("add_address", lambda address, *family: (address, *family)),
    ("add_range", lambda address, *family: (address, address, *family)),
    ("add_subnet", lambda address, *family: (address, 8, *family)),
    ("remove_address", lambda address, *family: (address, *family)),
    ("remove_range", lambda address, *family: (address, address, *family)),
    ("remove_subnet", lambda address, *family: (address, 8, *family)),
    ("add_addresses", lambda address, *family: ([address], *family)),
]


@pytest.mark.parametrize(("name", "arguments"), METHODS, ids=[name for name, _ in METHODS])
def test_wrong_addresses_and_families(name: str, arguments: Callable[..., Any]) -> None:
    block_list = BlockList()
    method = getattr(block_list, name)
    for address in (5, None, b"1.1.1.1", [], {}, ipaddress.IPv4Address("1.1.1.1")):
        with pytest.raises(ERR_INVALID_ARG_TYPE):
            method(*arguments(address))
    for address in ("", "x", "1.1.1", "01.1.1.1", "1.1.1.1 ", "1.1.1.1\0", "::1", "\ud800"):
        with pytest.raises(ERR_INVALID_ADDRESS, match="Invalid socket address"):
            method(*arguments(address))
    with pytest.raises(ERR_INVALID_ADDRESS):
        method(*arguments("1.1.1.1", "ipv6"))
    for family in (5, None, b"ipv4", ["ipv4"]):
        with pytest.raises(ERR_INVALID_ARG_TYPE):
            method(*arguments("1.1.1.1", family))
    for family in ("", "ipv5", "ipv4 ", "4"):
        with pytest.raises(ERR_INVALID_ARG_VALUE):
            method(*arguments("1.1.1.1", family))
    with pytest.raises(TypeError):
        method()
    assert block_list.rules == []


@pytest.mark.parametrize(
    ("prefix", "family", "error"),
    [
        (33, "ipv4", ERR_OUT_OF_RANGE),
        (129, "ipv6", ERR_OUT_OF_RANGE),
        (-1, "ipv4", ERR_OUT_OF_RANGE),
        (256, "ipv6", ERR_OUT_OF_RANGE),
        (2**64, "ipv6", ERR_OUT_OF_RANGE),
        (1.5, "ipv4", ERR_OUT_OF_RANGE),
        (float("nan"), "ipv4", ERR_OUT_OF_RANGE),
        (float("inf"), "ipv4", ERR_OUT_OF_RANGE),
        ("8", "ipv4", ERR_INVALID_ARG_TYPE),
        (None, "ipv4", ERR_INVALID_ARG_TYPE),
        (True, "ipv4", ERR_INVALID_ARG_TYPE),
    ],
)
def test_wrong_prefixes(prefix: Any, family: str, error: type[Exception]) -> None:
    block_list = BlockList()
    network = "1.1.1.1" if family == "ipv4" else "::1"
    for method in (block_list.add_subnet, block_list.remove_subnet):
        with pytest.raises(error):
            method(network, prefix, family)
    assert block_list.size == 0


def test_prefixes_that_are_whole_numbers() -> None:
    block_list = BlockList()
    block_list.add_subnet("1.1.1.1", 8.0)  # type: ignore[arg-type]
    block_list.add_subnet("1.1.1.1", -0.0)  # type: ignore[arg-type]
    assert block_list.rules == ["Subnet: IPv4 1.1.1.1/0", "Subnet: IPv4 1.1.1.1/8"]


def test_ranges_that_end_before_they_start() -> None:
    block_list = BlockList()
    with pytest.raises(ERR_INVALID_ARG_VALUE, match="must come before end, 1.1.1.1"):
        block_list.add_range("1.1.1.2", "1.1.1.1")
    with pytest.raises(ERR_INVALID_ARG_VALUE):
        block_list.add_range(SocketAddress(address="1.1.1.2"), six("::1"))
    with pytest.raises(ERR_INVALID_ADDRESS):
        block_list.add_range("1.1.1.2", "::1")
    block_list.remove_range("1.1.1.2", "1.1.1.1")  # there is none
    block_list.add_range("1.1.1.1", "1.1.1.1")
    assert block_list.rules == ["Range: IPv4 1.1.1.1-1.1.1.1"]


CIDRS = [
    ("1.1.1.1", ERR_INVALID_ARG_VALUE),
    ("", ERR_INVALID_ARG_VALUE),
    ("1.1.1.1/", ERR_INVALID_ARG_VALUE),
    ("1.1.1.1/08", ERR_INVALID_ARG_VALUE),
    ("1.1.1.1/+8", ERR_INVALID_ARG_VALUE),
    ("1.1.1.1/ 8", ERR_INVALID_ARG_VALUE),
    ("1.1.1.1/8\n", ERR_INVALID_ARG_VALUE),
    ("1.1.1.1/x", ERR_INVALID_ARG_VALUE),
    ("1.1.1.1/\u0668", ERR_INVALID_ARG_VALUE),
    ("1.1.1.1/-8", ERR_OUT_OF_RANGE),
    ("1.1.1.1/33", ERR_OUT_OF_RANGE),
    ("::/129", ERR_OUT_OF_RANGE),
    ("/8", ERR_INVALID_ADDRESS),
    ("1.1.1/8", ERR_INVALID_ADDRESS),
    ("1.1.1.1/8/9", ERR_INVALID_ADDRESS),
    (" 1.1.1.1/8", ERR_INVALID_ADDRESS),
    (":/8", ERR_INVALID_ADDRESS),
    (5, ERR_INVALID_ARG_TYPE),
    (None, ERR_INVALID_ARG_TYPE),
]


@pytest.mark.parametrize(("cidr", "error"), CIDRS)
def test_wrong_cidrs(cidr: Any, error: type[Exception]) -> None:
    block_list = BlockList()
    for method in (block_list.add_cidr, block_list.remove_cidr):
        with pytest.raises(error):
            method(cidr)
    with pytest.raises(error):
        block_list.add_cidrs(["10.0.0.0/8", cidr])
    assert block_list.size == 0


def test_cidrs() -> None:
    block_list = BlockList()
    block_list.add_cidr("10.0.0.7/8")
    block_list.add_cidr("::/0")
    assert block_list.rules == ["Subnet: IPv6 ::/0", "Subnet: IPv4 10.0.0.7/8"]
    block_list.remove_cidr("10.0.0.0/8")
    block_list.remove_cidr("10.0.0.7/9")
    assert block_list.size == 2
    block_list.remove_cidr("10.0.0.7/8")
    block_list.remove_cidr("::/0")
    assert block_list.size == 0


def test_private_ranges() -> None:
    block_list = BlockList()
    block_list.add_cidrs(BlockList.PRIVATE_RANGES)
    assert block_list.size == len(BlockList.PRIVATE_RANGES) == 8
    for text in ("10.1.2.3", "172.31.0.1", "192.168.1.1", "127.9.9.9", "169.254.1.1"):
        assert block_list.check(text)
    for text in ("::1", "fe80::1", "fdff::1"):
        assert block_list.check(text, "ipv6")
    assert not block_list.check("172.32.0.1") and not block_list.check("2001:db8::1", "ipv6")
    with pytest.raises((TypeError, AttributeError)):
        BlockList.PRIVATE_RANGES = ()


# --------------------------------------------------------------------------- rules


def test_rules_newest_first_over_all_kinds() -> None:
    block_list = BlockList()
    block_list.add_subnet("3.0.0.7", 8)
    block_list.add_address("::ffff:1.1.1.1", "ipv6")
    block_list.add_range("1.1.1.1", "1.1.1.9")
    block_list.add_address("2001:DB8::0:1", "ipv6")
    block_list.add_range(SocketAddress(address="1.1.1.1", port=9), six("::ffff:1.1.1.9"))
    block_list.add_subnet("fe80::1%lo", 10, "ipv6")
    expected = [
        "Subnet: IPv6 fe80::1/10",
        "Range: IPv4 1.1.1.1-::ffff:1.1.1.9",
        "Address: IPv6 2001:db8::1",
        "Range: IPv4 1.1.1.1-1.1.1.9",
        "Address: IPv6 ::ffff:1.1.1.1",
        "Subnet: IPv4 3.0.0.7/8",
    ]
    assert block_list.rules == block_list.to_json() == expected
    assert block_list.size == len(expected)
    assert block_list.rules is not block_list.rules
    block_list.rules.clear()
    assert block_list.size == len(expected)


def test_each_rule_once() -> None:
    block_list = BlockList()
    for _ in range(3):
        block_list.add_address("1.1.1.1")
        block_list.add_address(SocketAddress(address="1.1.1.1", port=80))
        block_list.add_address("::ffff:1.1.1.1", "ipv6")
        block_list.add_range("1.1.1.1", "1.1.1.2")
        block_list.add_subnet("1.1.1.1", 24)
    block_list.add_subnet("1.1.1.0", 24)
    assert block_list.rules == [
        "Subnet: IPv4 1.1.1.0/24",
        "Subnet: IPv4 1.1.1.1/24",
        "Range: IPv4 1.1.1.1-1.1.1.2",
        "Address: IPv4 1.1.1.1",
    ]


def test_removal_is_exact() -> None:
    block_list = BlockList()
    block_list.add_address("1.1.1.1")
    block_list.add_range("1.1.1.1", "1.1.1.2")
    block_list.add_subnet("1.1.1.1", 24)
    before = block_list.rules
    block_list.remove_address("1.1.1.2")
    block_list.remove_range("1.1.1.1", "1.1.1.3")
    block_list.remove_range("::ffff:1.1.1.1", "::ffff:1.1.1.2", "ipv6")
    block_list.remove_subnet("1.1.1.0", 24)
    block_list.remove_subnet("1.1.1.1", 25)
    assert block_list.rules == before
    block_list.remove_address("::ffff:1.1.1.1", "ipv6")
    block_list.remove_range(SocketAddress(address="1.1.1.1"), "1.1.1.2")
    block_list.remove_subnet("1.1.1.1", 24)
    assert block_list.rules == [] and not block_list.check("1.1.1.1")


def test_many_at_once_or_none() -> None:
    block_list = BlockList()
    block_list.add_addresses(["1.1.1.1", six("::1"), "1.1.1.2"])
    block_list.add_addresses(("::2", "::3"), "ipv6")
    block_list.add_cidrs(["10.0.0.0/8"])
    before = block_list.rules
    assert before == [
        "Subnet: IPv4 10.0.0.0/8",
        "Address: IPv6 ::3",
        "Address: IPv6 ::2",
        "Address: IPv4 1.1.1.2",
        "Address: IPv6 ::1",
        "Address: IPv4 1.1.1.1",
    ]
    for wrong in (["9.9.9.9", "x"], ["9.9.9.9", 5], "9.9.9.9", None, {"9.9.9.9"}):
        with pytest.raises((ERR_INVALID_ADDRESS, ERR_INVALID_ARG_TYPE)):
            block_list.add_addresses(wrong)  # type: ignore[arg-type]
        with pytest.raises((ERR_INVALID_ARG_VALUE, ERR_INVALID_ARG_TYPE)):
            block_list.add_cidrs(wrong)  # type: ignore[arg-type]
    assert block_list.rules == before
    block_list.clear()
    assert (block_list.rules, block_list.size) == ([], 0)
    assert not block_list.check("10.0.0.1")


def test_json() -> None:
    block_list = BlockList()
    block_list.add_address("1.1.1.1")
    block_list.add_range(six("::1"), six("::9"))
    block_list.add_range(SocketAddress(address="1.1.1.1"), six("::ffff:1.1.1.9"))
    block_list.add_cidrs(BlockList.PRIVATE_RANGES)
    for data in (block_list.to_json(), json.dumps(block_list.to_json()), tuple(block_list.rules)):
        other = BlockList()
        other.from_json(data)
        assert other.rules == block_list.rules
    other.add_address("9.9.9.9")
    other.from_json(block_list.to_json())  # adds, and does not clear
    assert other.size == block_list.size + 1


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (5, ERR_INVALID_ARG_TYPE),
        (None, ERR_INVALID_ARG_TYPE),
        ({}, ERR_INVALID_ARG_TYPE),
        ([5], ERR_INVALID_ARG_TYPE),
        ("5", ERR_INVALID_ARG_TYPE),
        ("{}", ERR_INVALID_ARG_TYPE),
        ("x", json.JSONDecodeError),
        (["x"], ERR_INVALID_ARG_VALUE),
        (["address: IPv4 1.1.1.1"], ERR_INVALID_ARG_VALUE),
        (["Address: IPv5 1.1.1.1"], ERR_INVALID_ARG_VALUE),
        (["Address: IPv4 1.1.1.1 "], ERR_INVALID_ARG_VALUE),
        (["Address: IPv4 999.1.1.1"], ERR_INVALID_ADDRESS),
        (["Address: IPv6 1.1.1.1"], ERR_INVALID_ADDRESS),
        (["Subnet: IPv4 1.1.1.1"], ERR_INVALID_ARG_VALUE),
        (["Subnet: IPv4 1.1.1.1/99"], ERR_OUT_OF_RANGE),
        (["Range: IPv4 1.1.1.5-1.1.1.1"], ERR_INVALID_ARG_VALUE),
        (["Range: IPv4 1.1.1.5-x"], ERR_INVALID_ADDRESS),
    ],
)
def test_wrong_json(data: Any, error: type[Exception]) -> None:
    block_list = BlockList()
    block_list.add_address("9.9.9.9")
    with pytest.raises(error):
        block_list.from_json(data)
    if isinstance(data, list):
        with pytest.raises(error):
            block_list.from_json(["Address: IPv4 8.8.8.8", *data, "Address: IPv4 7.7.7.7"])
    assert block_list.rules == ["Address: IPv4 9.9.9.9"]


def test_repr() -> None:
    block_list = BlockList()
    assert repr(block_list) == "BlockList(rules=[])"
    block_list.add_address("1.1.1.1")
    assert repr(block_list) == "BlockList(rules=['Address: IPv4 1.1.1.1'])"
    block_list.add_addresses([f"1.1.2.{i}" for i in range(100)])
    assert repr(block_list).endswith(", ...])") and len(repr(block_list)) < 300


# ------------------------------------------------------------------- copies, classes


def test_a_copy_has_the_same_rules() -> None:
    one = BlockList()
    one.note = "kept"  # type: ignore[attr-defined]
    other = copy.copy(one)
    one.add_address("1.1.1.1")
    other.add_address("2.2.2.2")
    assert one.rules == other.rules == ["Address: IPv4 2.2.2.2", "Address: IPv4 1.1.1.1"]
    other.clear()
    assert one.size == 0
    assert other.note == "kept"  # type: ignore[attr-defined]
    one.add_address("1.1.1.1")
    del one
    assert other.check("1.1.1.1")


@pytest.mark.parametrize("copier", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_deep_copy_has_rules_of_its_own(copier: Callable[[Any], Any]) -> None:
    one = BlockList()
    one.add_cidrs(BlockList.PRIVATE_RANGES)
    one.add_address("1.1.1.1")
    other = copier(one)
    assert other.rules == one.rules and type(other) is BlockList
    other.clear()
    assert one.size == 9


def test_is_block_list() -> None:
    class Own(BlockList):
        def __init__(self, number: int) -> None:
            self.number = number

    assert BlockList.is_block_list(BlockList()) and BlockList.is_block_list(Own(5))
    assert Own(5).number == 5 and Own(5).rules == [] and type(copy.copy(Own(5))) is Own
    for value in (None, {}, [], BlockList, BlockList()._rules):
        assert not BlockList.is_block_list(value)
    with pytest.raises(TypeError):
        BlockList(5)  # type: ignore[call-arg]


@pytest.mark.parametrize("cls", [BlockList, _core.BlockRules])
def test_before_init(cls: type[Any]) -> None:
    calls = 0
    for name in dir(cls):
        if name in ("__class__", "__new__", "__init_subclass__", "__subclasshook__"):
            continue
        for args in ((), (None,), ("1.1.1.1",), (SocketAddress(),), (1, 2), ("::1", 3), ("a",) * 3):
            target = cls.__new__(cls)
            try:
                member = getattr(target, name)
                if callable(member):
                    calls += 1
                    member(*args)
            except Exception:
                pass
    assert calls > 100
    assert cls.__new__(cls).check(SocketAddress()) is False


def test_a_collection_while_the_rules_are_read() -> None:
    """What the garbage collector runs may change the list: the text is of how it was."""
    block_list = BlockList()
    block_list.add_addresses([f"1.1.{i}.{j}" for i in range(8) for j in range(250)])

    class Cycle:
        def __init__(self) -> None:
            self.me = self

        def __del__(self) -> None:
            block_list.clear()

    before = gc.get_threshold()
    gc.collect()
    Cycle()
    gc.set_threshold(1, 1, 1)
    try:
        rules = block_list.rules
    finally:
        gc.set_threshold(*before)
    gc.collect()
    assert len(rules) == 2000 and block_list.size == 0


def test_threads() -> None:
    """Any thread may change and ask a list."""
    block_list = BlockList()
    mistakes: list[object] = []
    steps = 3000

    def work(number: int) -> None:
        try:
            for i in range(steps):
                text = f"10.{number}.{i >> 8}.{i & 255}"
                block_list.add_address(text)
                if not block_list.check(text) or block_list.check("11.0.0.1"):
                    mistakes.append(text)
                if i % 3:
                    block_list.remove_address(text)
                if i % 500 == 0:
                    assert isinstance(block_list.rules, list)
        except BaseException as exc:
            mistakes.append(exc)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not mistakes
    assert block_list.size == 4 * steps // 3


# --------------------------------------------------------------------- against ipaddress


class Model:
    """The same rules as intervals, which are asked one by one; ipaddress made them."""

    def __init__(self, version: int, seed: int, bits: int) -> None:
        self.random = random.Random(seed)
        self.version = version
        self.address: Any = ipaddress.IPv4Address if version == 4 else ipaddress.IPv6Address
        self.size = 32 if version == 4 else 128
        self.bits = bits  # that differ
        self.base = self.random.getrandbits(self.size) >> bits << bits
        self.block_list = BlockList()
        self.rules: dict[tuple[Any, ...], Interval] = {}

    def draw(self) -> Any:
        return self.address(self.base | self.random.getrandbits(self.bits))

    def change(self) -> None:
        if self.rules and self.random.random() < 0.4:
            rule = self.random.choice(list(self.rules))
            del self.rules[rule]
            getattr(self.block_list, f"remove_{rule[0]}")(*rule[1:], self.family)
            return
        kind = self.random.choice(["address", "range", "subnet"])
        one, other = sorted((self.draw(), self.draw()))
        if kind == "address":
            rule, interval = (kind, str(one)), (one, one)
        elif kind == "range":
            rule, interval = (kind, str(one), str(other)), (one, other)
        else:
            prefix = self.size - self.random.randrange(min(self.bits + 3, self.size + 1))
            network = ipaddress.ip_network((one, prefix), strict=False)
            rule, interval = (kind, str(one), prefix), (network[0], network[-1])
        self.rules[rule] = number_of(interval[0]), number_of(interval[1])
        getattr(self.block_list, f"add_{kind}")(*rule[1:], self.family)

    @property
    def family(self) -> str:
        return f"ipv{self.version}"

    def expected(self, address: Any) -> bool:
        number = number_of(address)
        return any(first <= number <= last for first, last in self.rules.values())


@pytest.mark.parametrize("bits", [3, 8, 20, 32])
@pytest.mark.parametrize("version", [4, 6])
def test_random_changes_against_a_model(version: int, bits: int) -> None:
    model = Model(version, bits, bits)
    for _ in range(1500):
        model.change()
        address = model.draw()
        assert model.block_list.check(str(address), model.family) is model.expected(address)
        assert model.block_list.size == len(model.rules)
    for rule in list(model.rules):
        getattr(model.block_list, f"remove_{rule[0]}")(*rule[1:], model.family)
    assert model.block_list.rules == []


def questions(count: int, seed: int) -> Iterator[tuple[BlockList, bool, Any]]:
    """Yield a list, what it must answer by its rules' networks, and an address: `count` times."""
    chance = random.Random(seed)
    for size, address_class in ((32, ipaddress.IPv4Address), (128, ipaddress.IPv6Address)):
        for bits in (size, 20):  # random ones, and clusters
            base = chance.getrandbits(size) >> bits << bits
            block_list = BlockList()
            networks = set()
            widths = range(min(bits, 28))  # of the host part
            for _ in range(1000):
                address = address_class(base | chance.getrandbits(bits))
                width = chance.choice(widths)
                network = ipaddress.ip_network((address, size - width), strict=False)
                networks.add((int(network.network_address) >> width, width))
                block_list.add_cidr(f"{address}/{size - width}")
            for _ in range(count // 4):
                number = base | chance.getrandbits(bits)
                expected = any((number >> width, width) in networks for width in widths)
                yield block_list, expected, address_class(number)


def compare_with_ipaddress(count: int, seed: int) -> None:
    blocked = asked = 0
    for block_list, expected, address in questions(count, seed):
        family = f"ipv{address.version}"
        assert block_list.check(str(address), family) is expected, address
        parsed = SocketAddress(address=str(address), family=family)
        assert block_list.check(parsed) is expected, address
        blocked += expected
        asked += 1
    assert asked == count and 0 < blocked < asked


def test_random_checks_against_ipaddress() -> None:
    compare_with_ipaddress(40_000, 1)


@pytest.mark.parametrize("bits", [16, 32, 128])
@pytest.mark.parametrize("subnets", [False, True])
def test_many_addresses_against_a_set(bits: int, subnets: bool) -> None:
    """Single addresses, with and without other rules beside them; :: and mapped ones too."""
    chance = random.Random(bits)
    base = 0 if bits == 128 else 0xFFFF << 32 if bits == 32 else chance.getrandbits(128) >> 16 << 16
    block_list = BlockList()
    expected: set[int] = set()

    def text_of(number: int) -> str:
        return str(ipaddress.IPv6Address(number))

    def check(number: int) -> None:
        assert block_list.check(text_of(number), "ipv6") is (number in expected)
        if number >> 32 == 0xFFFF:
            four = str(ipaddress.IPv4Address(number & 0xFFFFFFFF))
            assert block_list.check(four) is (number in expected)

    if subnets:
        block_list.add_cidr("1234::/16" if bits != 128 else "ff00::/8")
    numbers = [0, 1, (1 << 120) - 1, *(base | chance.getrandbits(bits) for _ in range(8000))]
    numbers = [number for number in numbers if number >> 112 != 0x1234 and number >> 120 != 0xFF]
    for number in numbers:
        block_list.add_address(text_of(number), "ipv6")
        expected.add(number)
        for asked in (number, number + 1, base | chance.getrandbits(bits)):
            if asked >> 120 != 0xFF:
                check(asked)
    assert block_list.size == len(expected) + subnets
    while numbers:
        number = numbers.pop(chance.randrange(len(numbers)))
        block_list.remove_address(text_of(number), "ipv6")
        expected.discard(number)
        check(number)
        if numbers:
            check(chance.choice(numbers))
    assert block_list.size == subnets


@pytest.mark.slow
def test_a_million_random_checks_against_ipaddress() -> None:
    compare_with_ipaddress(1_000_000, 2)


# --------------------------------------------------------------------------- memory


def resident() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no VmRSS")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc")
@pytest.mark.skipif(
    "libasan" in os.environ.get("LD_PRELOAD", ""), reason="the sanitizer keeps freed memory"
)
@pytest.mark.parametrize("way", ["clear", "collect", "remove"])
def test_memory_comes_back(way: str) -> None:
    """Ten times the rules of a list that is let go: no more memory than the first time."""

    def once() -> None:
        block_list = BlockList()
        addresses = [f"10.{i >> 16}.{i >> 8 & 255}.{i & 255}" for i in range(20_000)]
        block_list.add_addresses(addresses)
        if way == "clear":
            block_list.clear()
        elif way == "remove":
            for address in addresses:
                block_list.remove_address(address)
        else:
            block_list.me = block_list  # type: ignore[attr-defined]  # garbage only
        lists.append(weakref.ref(block_list))
        del block_list
        gc.collect()

    lists: list[Any] = []
    once()
    before = resident()
    for _ in range(10):
        once()
    assert not any(each() for each in lists)
    assert resident() - before < 8_000_000  # of some 20 million that ten lists take
