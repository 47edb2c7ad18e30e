"""is_ip, is_ipv4 and is_ipv6."""

from __future__ import annotations

from typing import Any

import pytest

from uvnet import net

V4 = ["127.0.0.1", "0.0.0.0", "255.255.255.255", "1.2.3.4"]
V6 = [
    "::1", "::", "2001:db8::1", "::ffff:1.2.3.4", "1:2:3:4:5:6:7:8", "fe80::1%eth0", "::1%eth0",
    "::%1", "1::8", "ABCD::ef01", "::1.2.3.4", "64:ff9b::192.0.2.33",
]  # fmt: skip
NONE = [
    "", " ", "x", "localhost", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.04",
    "1.2.3.4 ", " 1.2.3.4", "1.2.3.4:80", "1.2.3.4/8", ":", ":::", "1:2:3:4:5:6:7", "::1::",
    "1:2:3:4:5:6:7:8:9", "::12345", "::g", "[::1]", "fe80::1%", "fe80::1%a/b", "1.2.3.4%eth0",
    "::1.2.3", "::1.2.3.256", "\0", "::1\0", "1.2.3.4\n", "1.2.3.４", "\udc80",
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [(text, 4) for text in V4] + [(text, 6) for text in V6] + [(text, 0) for text in NONE],
)
def test_strings(text: str, expected: int) -> None:
    assert net.is_ip(text) == expected
    assert net.is_ipv4(text) is (expected == 4)
    assert net.is_ipv6(text) is (expected == 6)


@pytest.mark.parametrize("value", [None, 0, 1, True, 2130706433, [], {}, ["1.1.1.1"], b"1.1.1.1"])
def test_other_types(value: Any) -> None:
    assert net.is_ip(value) == 0
    assert net.is_ipv4(value) is False
    assert net.is_ipv6(value) is False
