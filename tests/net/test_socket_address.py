"""SocketAddress: what it takes, what it shows, what it reads from a text."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from uvnet import _core, net
from uvnet.errors import (
    ERR_INVALID_ADDRESS,
    ERR_INVALID_ARG_TYPE,
    ERR_INVALID_ARG_VALUE,
    ERR_OUT_OF_RANGE,
    ERR_SOCKET_BAD_PORT,
)
from uvnet.net import SocketAddress


def values(address: SocketAddress) -> tuple[str, str, int, int]:
    return address.address, address.family, address.port, address.flowlabel


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, ("127.0.0.1", "ipv4", 0, 0)),
        ({"family": "ipv6"}, ("::", "ipv6", 0, 0)),
        ({"family": "IPv6"}, ("::", "ipv6", 0, 0)),
        ({"family": "IPV4"}, ("127.0.0.1", "ipv4", 0, 0)),
        ({"address": "1.2.3.4", "port": 65535}, ("1.2.3.4", "ipv4", 65535, 0)),
        ({"port": "80"}, ("127.0.0.1", "ipv4", 80, 0)),
        ({"port": "0x50"}, ("127.0.0.1", "ipv4", 80, 0)),
        ({"port": 80.0}, ("127.0.0.1", "ipv4", 80, 0)),
        ({"flowlabel": 5}, ("127.0.0.1", "ipv4", 0, 0)),
        ({"family": "ipv6", "flowlabel": 0xFFFFF}, ("::", "ipv6", 0, 0xFFFFF)),
        ({"address": "2001:DB8::0:1", "family": "ipv6"}, ("2001:db8::1", "ipv6", 0, 0)),
        ({"address": "::FFFF:1.2.3.4", "family": "ipv6"}, ("::ffff:1.2.3.4", "ipv6", 0, 0)),
        ({"address": "fe80::1%eth0", "family": "ipv6"}, ("fe80::1", "ipv6", 0, 0)),
        ({"address": "fe80::1%lo", "family": "ipv6"}, ("fe80::1", "ipv6", 0, 0)),
    ],
)
def test_values(options: Any, expected: object) -> None:
    address = SocketAddress(**options)
    assert values(address) == expected
    assert address.to_json() == dict(
        zip(("address", "family", "port", "flowlabel"), expected, strict=True)  # type: ignore[call-overload]
    )
    assert list(address.to_json()) == ["address", "port", "family", "flowlabel"]


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"address": 5}, ERR_INVALID_ARG_TYPE),
        ({"address": b"1.2.3.4"}, ERR_INVALID_ARG_TYPE),
        ({"address": ""}, ERR_INVALID_ADDRESS),
        ({"address": "1.2.3"}, ERR_INVALID_ADDRESS),
        ({"address": "01.2.3.4"}, ERR_INVALID_ADDRESS),
        ({"address": "1.2.3.4\0"}, ERR_INVALID_ADDRESS),
        ({"address": "\ud800"}, ERR_INVALID_ADDRESS),
        ({"address": "localhost"}, ERR_INVALID_ADDRESS),
        ({"address": "::1"}, ERR_INVALID_ADDRESS),
        ({"address": "1.2.3.4", "family": "ipv6"}, ERR_INVALID_ADDRESS),
        ({"family": "ipv5"}, ERR_INVALID_ARG_VALUE),
        ({"family": 5}, ERR_INVALID_ARG_VALUE),
        ({"family": None}, ERR_INVALID_ARG_VALUE),
        ({"port": -1}, ERR_SOCKET_BAD_PORT),
        ({"port": 65536}, ERR_SOCKET_BAD_PORT),
        ({"port": 1.5}, ERR_SOCKET_BAD_PORT),
        ({"port": ""}, ERR_SOCKET_BAD_PORT),
        ({"port": None}, ERR_SOCKET_BAD_PORT),
        ({"port": {}}, ERR_SOCKET_BAD_PORT),
        ({"flowlabel": -1}, ERR_OUT_OF_RANGE),
        ({"flowlabel": 1.5}, ERR_OUT_OF_RANGE),
        ({"flowlabel": 0x100000}, ERR_OUT_OF_RANGE),
        ({"flowlabel": 2**70, "family": "ipv6"}, ERR_OUT_OF_RANGE),
        ({"flowlabel": "1"}, ERR_INVALID_ARG_TYPE),
        ({"no_such_option": 1}, TypeError),
    ],
)
def test_wrong_options(options: Any, error: type[Exception]) -> None:
    with pytest.raises(error) as raised:
        SocketAddress(**options)
    assert type(raised.value) is error


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.2.3.4", ("1.2.3.4", "ipv4", 0, 0)),
        ("1.2.3.4:0", ("1.2.3.4", "ipv4", 0, 0)),
        ("1.2.3.4:80", ("1.2.3.4", "ipv4", 80, 0)),
        ("1.2.3.4:65535", ("1.2.3.4", "ipv4", 65535, 0)),
        ("[::1]", ("::1", "ipv6", 0, 0)),
        ("[::1]:80", ("::1", "ipv6", 80, 0)),
        ("[2001:DB8::]:443", ("2001:db8::", "ipv6", 443, 0)),
        ("[::ffff:1.2.3.4]:5", ("::ffff:1.2.3.4", "ipv6", 5, 0)),
    ],
)
def test_parse(text: str, expected: object) -> None:
    address = SocketAddress.parse(text)
    assert address is not None
    assert values(address) == expected


@pytest.mark.parametrize(
    "text",
    ["", "x", "::1", "::1:80", "[::1", "::1]", "[::1]x", "[::1]80", "[::1%lo]", "[1.2.3.4]",
     "1.2.3.4:", "1.2.3.4:65536", "1.2.3.4:-1", "1.2.3.4:8x", "1.2.3.4: 80", " 1.2.3.4",
     "1.2.3.4 ", "1.2.3.4\n", "1.2.3.4:80\n", "256", "0x7f.1", "0x7f.0.0.1", "1.2.3", "01.2.3.4",
     "256.1.1.1", "1.2.3.4/24", "1.2.3.4/x", "user@1.2.3.4", "http://1.2.3.4", "localhost:80",
     "\u0661.2.3.4", "1.2.3.4:\u0661", "1.2.3.4\0", "[]", "[]:80", "[:::]"],
)  # fmt: skip
def test_parse_is_strict(text: str) -> None:
    assert SocketAddress.parse(text) is None


@pytest.mark.parametrize("value", [5, None, b"1.2.3.4", ["1.2.3.4"]])
def test_parse_wants_a_string(value: Any) -> None:
    with pytest.raises(ERR_INVALID_ARG_TYPE):
        SocketAddress.parse(value)


def test_it_is_a_value() -> None:
    one = SocketAddress(address="2001:db8::1", family="ipv6", port=80, flowlabel=7)
    same = SocketAddress(address="2001:DB8:0::1", family="IPv6", port="80", flowlabel=7)
    assert one == same and hash(one) == hash(same) and len({one, same}) == 1
    assert one != SocketAddress(address="2001:db8::1", family="ipv6", port=81, flowlabel=7)
    assert one != SocketAddress(address="2001:db8::1", family="ipv6", port=80)
    assert one != SocketAddress(address="2001:db8::2", family="ipv6", port=80, flowlabel=7)
    assert SocketAddress(address="1.2.3.4") != SocketAddress(
        address="::ffff:1.2.3.4", family="ipv6"
    )
    assert one != "2001:db8::1"
    assert repr(one) == (
        "SocketAddress(address='2001:db8::1', family='ipv6', port=80, flowlabel=0x7)"
    )
    assert repr(SocketAddress()) == "SocketAddress(address='127.0.0.1', family='ipv4', port=0)"


def test_copies_are_equal() -> None:
    class Own(SocketAddress):
        pass

    for cls in (SocketAddress, _core.SockAddr):
        address = cls(address="::1", family="ipv6", port=80) if cls is SocketAddress else cls("::1")
        for copied in (
            copy.copy(address),
            copy.deepcopy(address),
            pickle.loads(pickle.dumps(address)),
        ):
            assert copied == address
            assert type(copied) is cls
    assert type(copy.copy(Own(port=5))) is Own


def test_it_cannot_be_changed() -> None:
    address = SocketAddress(port=5)
    for name in ("address", "family", "port", "flowlabel", "ip", "version", "other"):
        with pytest.raises(AttributeError):
            setattr(address, name, 1)
    with pytest.raises(TypeError, match="immutable"):
        address.__init__(port=6)  # type: ignore[misc]
    assert address.port == 5


def test_is_socket_address() -> None:
    assert SocketAddress.is_socket_address(SocketAddress())
    for value in (None, "1.2.3.4", {}, SocketAddress, net.Address("1.2.3.4", "IPv4", 5)):
        assert not SocketAddress.is_socket_address(value)


@pytest.mark.parametrize("cls", [SocketAddress, _core.SockAddr])
def test_before_init(cls: type[Any]) -> None:
    for name in dir(cls):
        if name in ("__class__", "__init__", "__new__", "__init_subclass__", "__subclasshook__"):
            continue
        for args in ((), (None,), (1,), ("x",), (None, None)):
            target = cls.__new__(cls)
            try:
                member = getattr(target, name)
                if callable(member):
                    member(*args)
            except Exception:
                pass
    assert cls.__new__(cls) == cls.__new__(cls)


@pytest.mark.parametrize(
    ("args", "error"),
    [
        (("x",), ValueError),
        (("1.2.3.4", 0, 6), ValueError),
        (("::1", 0, 4), ValueError),
        (("1.2.3.4", -1), ValueError),
        (("1.2.3.4", 65536), ValueError),
        (("::1", 0, 6, 0x100000), ValueError),
        (("::1", 0, 6, 2**40), OverflowError),
        (("::1", 0, 6, -1), OverflowError),
        ((5,), TypeError),
        (("1.2.3.4", "80"), TypeError),
        (("1.2.3.4", 80, 4, 0, 0), TypeError),
    ],
)
def test_the_low_level_one(args: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        _core.SockAddr(*args)
    assert _core.SockAddr() == _core.SockAddr("::")
    address = _core.SockAddr("fe80::1%lo", 80, flowlabel=3)
    assert (address.ip, address.version, address.port, address.flowlabel) == ("fe80::1", 6, 80, 3)
