"""Host names of every kind: what reaches the resolver, and what cannot exist."""

from __future__ import annotations

import random
from typing import Any

import pytest

import uvnet
from uvnet import dns, net
from uvnet.errors import ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, DNSError

from .helpers import look_up

LONG = "x." * 126 + "x"  # 253 letters, as many as a name may have


def code_of(hostname: str, **options: Any) -> str | None:
    error = look_up(hostname, **options)[0]
    assert error is None or isinstance(error, DNSError)
    assert error is None or error.hostname == hostname
    return error and error.code


@pytest.mark.parametrize("hostname", ["\0", "localhost\0", "a\0b", "127.0.0.1\0", "\0" * 300])
def test_a_nul_is_refused_at_once(hostname: str) -> None:
    with pytest.raises(ERR_INVALID_ARG_VALUE, match="must be a string without null bytes"):
        dns.lookup(hostname, print)
    with pytest.raises(ERR_INVALID_ARG_VALUE):
        net.connect(80, hostname)


@pytest.mark.parametrize(
    "hostname",
    [
        LONG + "x",
        LONG + "x.",
        "x" * 1_000_000,
        "x." * 1_000_000,
        "ä" * 64,
        "ä" * 100_000,
        "ä." * 200,
        "\ud800",
        "local\udfffhost",
        "ä..b",
        "ä\u3002\u3002b",
        "xn--ä",
        "\u0627a\u0627",  # right to left and left to right in one label
    ],
    ids=lambda name: f"{ascii(name[:12])}-{len(name)}",
)
def test_a_name_that_cannot_exist_is_not_looked_up(hostname: str) -> None:
    request = dns.lookup(hostname, lambda *answer: answers.append(answer))
    answers: list[Any] = []
    assert request is None
    ticks: list[int] = []
    uvnet.next_tick(lambda: ticks.append(len(answers)))
    uvnet.run()
    assert ticks == [1]
    [(error, address, family)] = answers
    assert (error.code, error.hostname, address, family) == ("ENOTFOUND", hostname, None, None)


@pytest.mark.parametrize("hostname", [LONG, LONG + ".", "x" * 63 + ".invalid"])
def test_the_longest_names_are_looked_up(hostname: str) -> None:
    request = dns.lookup(hostname, lambda *answer: answers.append(answer))
    answers: list[Any] = []
    assert request is not None and request.pending
    uvnet.run()
    [(error, *_)] = answers
    assert isinstance(error, DNSError)


@pytest.mark.parametrize("hostname", ["x" * 64, "x" * 64 + ".invalid", "a..b", ".", "..", " "])
def test_names_that_the_resolver_refuses(hostname: str) -> None:
    assert code_of(hostname) in ("ENOTFOUND", "EAI_AGAIN")


@pytest.mark.parametrize("hostname", ["127.1", "2130706433", "0x7f.1", "0177.0.0.1"])
def test_old_forms_of_literals_are_the_resolvers(hostname: str) -> None:
    assert not net.is_ip(hostname)
    assert look_up(hostname) == (None, "127.0.0.1", 4)


@pytest.mark.parametrize("hostname", ["LOCALHOST", "LocalHost"])
def test_case_does_not_matter(hostname: str) -> None:
    assert look_up(hostname, family=4) == (None, "127.0.0.1", 4)


@pytest.mark.parametrize(
    ("hostname", "meant"),
    [
        ("ｌｏｃａｌｈｏｓｔ", "127.0.0.1"),  # full width
        ("１２７．０．０．１", "127.0.0.1"),
        ("127。0。0。1", "127.0.0.1"),
        ("lo\u00adcalhost", "127.0.0.1"),  # a soft hyphen is nothing
    ],
)
def test_names_beyond_ascii_are_prepared(hostname: str, meant: str) -> None:
    assert look_up(hostname, family=4) == (None, meant, 4)


def test_names_beyond_ascii_are_encoded() -> None:
    assert code_of("münchen.invalid") in ("ENOTFOUND", "EAI_AGAIN", "EAI_FAIL")


@pytest.mark.parametrize("hostname", [b"localhost", bytearray(b"localhost"), memoryview(b"x"), b""])
def test_bytes_are_no_name(hostname: Any) -> None:
    with pytest.raises(ERR_INVALID_ARG_TYPE):
        dns.lookup(hostname, print)


def test_arbitrary_text() -> None:
    """Whatever it is, it is refused by one of two codes, or answered once."""
    chance = random.Random(53)
    alphabet = ".-_a1%:[]/@ \t\n\0\x7fäß\u3002\u200d\u0627\ud800\udc00\U0001f600xn"
    asked = answers = 0

    def answered(error: DNSError | None, address: str | None, family: int | None) -> None:
        nonlocal answers
        answers += 1
        assert (error is None) != (address is None)
        assert isinstance(error, DNSError) or net.is_ip(address or "") == family

    for _ in range(400):
        name = "".join(chance.choices(alphabet, k=chance.randrange(1, 12))) + ".."
        try:
            dns.lookup(name, answered)
        except ERR_INVALID_ARG_VALUE:
            assert "\0" in name
        else:
            asked += 1
    uvnet.run()
    assert answers == asked > 100
