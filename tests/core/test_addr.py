"""IP literals and error numbers."""

from __future__ import annotations

import errno
import ipaddress
import random
import socket
from pathlib import Path

import pytest

from uvnet import _core

from .helpers import close


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("127.0.0.1", 4),
        ("0.0.0.0", 4),
        ("255.255.255.255", 4),
        ("256.0.0.1", 0),
        ("1.2.3", 0),
        ("1.2.3.4.5", 0),
        ("01.2.3.4", 0),
        ("1.2.3.4 ", 0),
        (" 1.2.3.4", 0),
        ("1.2.3.4\0", 0),
        ("0x7f.0.0.1", 0),
        ("::", 6),
        ("::1", 6),
        ("1:2:3:4:5:6:7:8", 6),
        ("1:2:3:4:5:6:7::", 6),
        ("::ffff:1.2.3.4", 6),
        ("::1%lo", 6),
        ("fe80::1%eth0", 6),
        ("fe80::1%1", 6),
        ("::1%", 0),
        ("%lo", 0),
        ("::1%\0", 0),
        ("1::2::3", 0),
        ("1:2:3:4:5:6:7:8:9", 0),
        ("12345::", 0),
        ("[::1]", 0),
        ("127.0.0.1%lo", 0),
        ("localhost", 0),
        ("", 0),
        ("x" * 10_000, 0),
        ("\ud800", 0),
        ("१.2.3.4", 0),
        (None, 0),
        (5, 0),
        (b"127.0.0.1", 0),
        (["127.0.0.1"], 0),
    ],
    ids=repr,
)
def test_is_ip(text, version):
    assert _core.is_ip(text) == version


def test_is_ip_agrees_with_ipaddress():
    random_ = random.Random(11)
    alphabet = "0123456789abcdef:.:.:.1:"
    for _ in range(20_000):
        text = "".join(random_.choice(alphabet) for _ in range(random_.randrange(1, 24)))
        try:
            version = ipaddress.ip_address(text).version
        except ValueError:
            version = 0
        assert _core.is_ip(text) == version, text


def test_addresses_survive_the_way_there_and_back(loop):
    random_ = random.Random(12)
    for _ in range(100):
        address = ipaddress.IPv4Address(0x7F000000 | random_.randrange(1, 2**24 - 1))
        handle = _core.TCP(loop)
        assert handle.bind(str(address), 0) == 0
        assert handle.getsockname()[:2] == (str(address), 4)
        close(handle)


def test_a_zone(loop):
    """The zone of a link-local address is the name of its interface."""
    table = Path("/proc/net/if_inet6")
    lines = table.read_text().splitlines() if table.exists() else []
    link_local = [line.split() for line in lines if line.startswith("fe80")]
    if not link_local:
        pytest.skip("no link-local address here")
    text, *_, name = link_local[0]
    address = str(ipaddress.IPv6Address(int(text, 16)))
    handle = _core.TCP(loop)
    assert handle.bind6(f"{address}%{name}", 0) == 0
    assert handle.getsockname()[0] == f"{address}%{name}"
    close(handle)
    handle = _core.TCP(loop)
    assert handle.bind6(f"{address}%{socket.if_nametoindex(name)}", 0) == 0
    close(handle)


def test_error_numbers():
    assert _core.UV_ECONNREFUSED == -errno.ECONNREFUSED
    assert _core.UV_EOF < -4000
    for name, number in _core.constants.error_numbers().items():
        assert getattr(_core, name) == number < 0
        assert _core.error_name(number) == name.removeprefix("UV_")
        assert _core.error_text(number)
    assert _core.error_text(_core.UV_EOF) == "end of file"
    assert _core.error_name(0) == "OK" and _core.error_text(0) == "success"
    assert "4000" in _core.error_name(-4000) and "4000" in _core.error_text(-4000)
    for wrong in ("EOF", None):
        with pytest.raises(TypeError):
            _core.error_name(wrong)
        with pytest.raises(TypeError):
            _core.error_text(wrong)
    with pytest.raises(OverflowError):
        _core.error_name(-(2**40))


def test_the_dict_of_error_numbers_is_a_copy():
    _core.constants.error_numbers().clear()
    assert _core.constants.error_numbers()


def test_flags_are_powers_of_two():
    names = [name for name in _core.constants.__all__ if not getattr(_core, name) < 0]
    assert {"UV_READABLE", "UV_WRITABLE", "UV_DISCONNECT", "UV_PRIORITIZED"} <= set(names)
    assert all(getattr(_core, name).bit_count() == 1 for name in names)


def test_version():
    assert _core.version().split(".")[0] == "1"


def test_all_names_exist():
    for name in _core.__all__:
        getattr(_core, name)
    assert len(set(_core.__all__)) == len(_core.__all__)
