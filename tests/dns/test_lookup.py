"""dns.lookup(): what it answers, when, and which arguments it takes."""

from __future__ import annotations

import gc
import socket
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import uvnet
from uvnet import dns, net
from uvnet.dns._lookup import addresses_in, in_order
from uvnet.errors import (
    ERR_INVALID_ARG_TYPE,
    ERR_INVALID_ARG_VALUE,
    ERR_SOCKET_BAD_PORT,
    DNSError,
)

from .helpers import look_up


@pytest.fixture(autouse=True)
def default_order() -> Iterator[None]:
    yield
    dns.set_default_result_order("verbatim")


def resolved(hostname: str, family: int = 0, flags: int = 0) -> list[tuple[str, int]]:
    """Return what the socket module finds."""
    kind = {0: socket.AF_UNSPEC, 4: socket.AF_INET, 6: socket.AF_INET6}[family]
    found = socket.getaddrinfo(hostname, None, kind, socket.SOCK_STREAM, 0, flags)
    pairs = [(each[4][0], 6 if each[0] == socket.AF_INET6 else 4) for each in found]
    return list(dict.fromkeys(pairs))


def test_the_first_address() -> None:
    assert look_up("localhost") == (None, *resolved("localhost")[0])


def test_all_addresses() -> None:
    error, found = look_up("localhost", all=True)
    assert error is None
    assert found == resolved("localhost")
    assert all(type(each) is dns.LookupAddress for each in found)
    assert found[0].address == found[0][0] and found[0].family == found[0][1]


@pytest.mark.parametrize("family", [4, "IPv4", 4.0])
def test_of_one_family(family: Any) -> None:
    assert look_up("localhost", family=family) == (None, "127.0.0.1", 4)
    assert look_up("localhost", family=family, all=True) == (None, [("127.0.0.1", 4)])


@pytest.mark.parametrize("family", [0, None])
def test_of_both_families(family: Any) -> None:
    assert look_up("localhost", family=family, all=True) == (None, resolved("localhost"))


def test_hints() -> None:
    flags = dns.V4MAPPED | dns.ALL
    assert look_up("127.1", family=6, hints=flags, all=True) == (
        None,
        [("::ffff:127.0.0.1", 6)],
    )
    error, *_ = look_up("127.1", family=6)
    assert isinstance(error, DNSError)
    expected = resolved("localhost", 0, dns.ADDRCONFIG)
    assert look_up("localhost", hints=dns.ADDRCONFIG, all=True) == (None, expected)
    assert look_up("localhost", hints=None, all=True) == (None, resolved("localhost"))
    assert (dns.ADDRCONFIG, dns.V4MAPPED, dns.ALL) == (
        socket.AI_ADDRCONFIG,
        socket.AI_V4MAPPED,
        socket.AI_ALL,
    )


# ----------------------------------------------------------------------------- literals


@pytest.mark.parametrize("family", [0, 4, 6])
@pytest.mark.parametrize("literal", ["127.0.0.1", "::1", "fe80::1%lo", "fe80::1%nowhere"])
def test_a_literal_is_its_own_address(literal: str, family: int) -> None:
    number = net.is_ip(literal)
    assert look_up(literal, family=family) == (None, literal, number)
    answer = look_up(literal, family=family, all=True, order="ipv4first")
    assert answer == (None, [(literal, number)])
    assert type(answer[1][0]) is dns.LookupAddress


def test_a_literal_needs_no_request(must_call: Callable[..., Any]) -> None:
    assert dns.lookup("127.0.0.1", must_call()) is None
    uvnet.run()


def test_a_literal_is_answered_among_the_ticks() -> None:
    trace: list[str] = []
    uvnet.set_immediate(trace.append, "immediate")
    uvnet.next_tick(trace.append, "before")
    dns.lookup("127.0.0.1", lambda *answer: trace.append("answer"))
    uvnet.next_tick(trace.append, "after")
    trace.append("sync")
    uvnet.run()
    assert trace == ["sync", "before", "answer", "after", "immediate"]


def test_a_name_is_answered_after_the_ticks() -> None:
    trace: list[str] = []

    def answered(*answer: Any) -> None:
        trace.append("answer")
        uvnet.next_tick(trace.append, "tick")

    for _ in range(2):
        dns.lookup("localhost", answered)
    uvnet.next_tick(trace.append, "before")
    uvnet.run()
    assert trace == ["before", "answer", "tick", "answer", "tick"]


def test_a_zone_is_kept() -> None:
    """As getaddrinfo() gives it: the number of an interface, which may have gone."""
    [(index, name), *_] = socket.if_nameindex()
    result = [
        (socket.AF_INET6, 1, 6, "", ("fe80::1", 0, 0, index)),
        (socket.AF_INET6, 2, 6, "", ("fe80::1", 0, 0, index)),
        (socket.AF_INET6, 1, 6, "", ("fe80::1", 0, 0, 2**31 - 1)),
        (socket.AF_INET6, 1, 6, "", ("::1", 0, 0, 0)),
        (socket.AF_INET, 1, 6, "", ("127.0.0.1", 0)),
    ]
    assert addresses_in(result) == [
        (f"fe80::1%{name}", 6),
        (f"fe80::1%{2**31 - 1}", 6),
        ("::1", 6),
        ("127.0.0.1", 4),
    ]


# -------------------------------------------------------------------------------- order


def test_orders() -> None:
    found = [
        dns.LookupAddress(address, net.is_ip(address))
        for address in ("::1", "127.0.0.1", "::2", "127.0.0.2")
    ]
    assert in_order(found, "verbatim") == found
    assert [each.address for each in in_order(found, "ipv4first")] == [
        "127.0.0.1",
        "127.0.0.2",
        "::1",
        "::2",
    ]
    assert [each.address for each in in_order(found, "ipv6first")] == [
        "::1",
        "::2",
        "127.0.0.1",
        "127.0.0.2",
    ]


@pytest.mark.parametrize("by_default", [False, True])
@pytest.mark.parametrize("order", ["verbatim", "ipv4first", "ipv6first"])
def test_the_order_of_real_addresses(order: Any, by_default: bool) -> None:
    options = {} if by_default else {"order": order}
    if by_default:
        dns.set_default_result_order(order)
    expected = resolved("localhost")
    if order != "verbatim":
        expected.sort(key=lambda each: each[1], reverse=order == "ipv6first")
    assert look_up("localhost", all=True, **options) == (None, expected)
    assert look_up("localhost", **options) == (None, *expected[0])


def test_the_default_order() -> None:
    assert dns.get_default_result_order() == "verbatim"
    dns.set_default_result_order("ipv6first")
    assert dns.get_default_result_order() == "ipv6first"
    assert dns.promises.get_default_result_order() == "ipv6first"
    for wrong in ("first", "", None, 4, [], "IPv4first"):
        with pytest.raises(ERR_INVALID_ARG_VALUE, match="'verbatim', 'ipv4first', 'ipv6first'"):
            dns.set_default_result_order(wrong)  # type: ignore[arg-type]
    assert dns.get_default_result_order() == "ipv6first"


def test_the_default_order_is_of_the_time_of_the_call() -> None:
    answers: list[Any] = []
    dns.set_default_result_order("ipv4first")
    request = dns.lookup("localhost", lambda *answer: answers.append(answer), all=True)
    dns.set_default_result_order("ipv6first")
    assert request is not None and request._order == "ipv4first"
    uvnet.run()
    assert len(answers) == 1


# ------------------------------------------------------------------------------- errors


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize("hostname", ["a..b", "x" * 64 + ".invalid"])
def test_a_name_that_is_not_there(hostname: str, several: bool) -> None:
    error, *rest = look_up(hostname, all=several)
    assert rest == ([None] if several else [None, None])
    assert isinstance(error, DNSError) and isinstance(error, socket.gaierror)
    assert error.code == dns.NOTFOUND == "ENOTFOUND"
    assert error.errno in (socket.EAI_NONAME, socket.EAI_NODATA)
    assert error.syscall == "getaddrinfo"
    assert error.hostname == hostname
    assert str(error) == f"getaddrinfo ENOTFOUND {hostname}"


def test_a_name_without_name_servers() -> None:
    error, address, family = look_up("does-not-exist.invalid")
    assert error.code in ("ENOTFOUND", "EAI_AGAIN", "EAI_FAIL")
    assert (address, family) == (None, None)


@pytest.mark.parametrize(
    ("args", "options", "error"),
    [
        (("", print), {}, ERR_INVALID_ARG_VALUE),
        ((None, print), {}, ERR_INVALID_ARG_VALUE),
        ((5, print), {}, ERR_INVALID_ARG_TYPE),
        ((False, print), {}, ERR_INVALID_ARG_TYPE),
        ((b"localhost", print), {}, ERR_INVALID_ARG_TYPE),
        ((["localhost"], print), {}, ERR_INVALID_ARG_TYPE),
        (("localhost", None), {}, ERR_INVALID_ARG_TYPE),
        (("localhost", "print"), {}, ERR_INVALID_ARG_TYPE),
        (("localhost", {"family": 4}), {}, ERR_INVALID_ARG_TYPE),
        (("localhost", print), {"family": 5}, ERR_INVALID_ARG_VALUE),
        (("localhost", print), {"family": "4"}, ERR_INVALID_ARG_VALUE),
        (("localhost", print), {"family": "ipv4"}, ERR_INVALID_ARG_VALUE),
        (("localhost", print), {"family": socket.AF_INET6}, ERR_INVALID_ARG_VALUE),
        (("localhost", print), {"family": False}, ERR_INVALID_ARG_VALUE),
        (("localhost", print), {"family": []}, ERR_INVALID_ARG_VALUE),
        (("localhost", print), {"family": float("nan")}, ERR_INVALID_ARG_VALUE),
        (("localhost", print), {"hints": 4096}, ERR_INVALID_ARG_VALUE),
        (("localhost", print), {"hints": -1}, ERR_INVALID_ARG_VALUE),
        (("localhost", print), {"hints": 8.5}, ERR_INVALID_ARG_VALUE),
        (("localhost", print), {"hints": 2**80}, ERR_INVALID_ARG_VALUE),
        (("localhost", print), {"hints": float("nan")}, ERR_INVALID_ARG_VALUE),
        (("localhost", print), {"hints": float("inf")}, ERR_INVALID_ARG_VALUE),
        (("localhost", print), {"hints": "8"}, ERR_INVALID_ARG_TYPE),
        (("localhost", print), {"hints": True}, ERR_INVALID_ARG_TYPE),
        (("localhost", print), {"all": 1}, ERR_INVALID_ARG_TYPE),
        (("localhost", print), {"all": "all"}, ERR_INVALID_ARG_TYPE),
        (("localhost", print), {"order": "ipv5first"}, ERR_INVALID_ARG_VALUE),
        (("localhost", print), {"order": 4}, ERR_INVALID_ARG_VALUE),
        (("localhost", print), {"order": {}}, ERR_INVALID_ARG_VALUE),
        (("127.0.0.1", print), {"family": 5}, ERR_INVALID_ARG_VALUE),
        (("localhost", print), {"verbatim": True}, TypeError),
        (("localhost",), {}, TypeError),
        (("localhost", print, 4), {}, TypeError),
    ],
)
def test_wrong_arguments_raise_at_once(
    args: Any, options: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error) as caught:
        dns.lookup(*args, **options)
    assert getattr(caught.value, "code", None) == getattr(error, "code", None)
    uvnet.run()  # nothing is pending


@pytest.mark.parametrize("hostname", ["127.0.0.1", "localhost", "x" * 300])
def test_an_exception_in_the_callback(hostname: str) -> None:
    def fail(*answer: Any) -> None:
        raise LookupError("mine")

    dns.lookup(hostname, fail)
    with pytest.raises(LookupError, match="mine"):
        uvnet.run()
    uvnet.run()


def test_under_a_loop_of_another_kind() -> None:
    import asyncio

    async def main() -> None:
        with pytest.raises(RuntimeError):
            dns.lookup("localhost", print)

    asyncio.run(main())


# --------------------------------------------------------------------------- many, and leaks


def test_a_thousand_at_once() -> None:
    answers: dict[int, Any] = {}
    for number in range(1000):
        name = "127.1" if number % 2 else "a..b"

        def answered(*answer: Any, number: int = number) -> None:
            assert number not in answers
            answers[number] = answer

        dns.lookup(name, answered)
    uvnet.run()
    assert sorted(answers) == list(range(1000))
    for number, (error, address, family) in answers.items():
        if number % 2:
            assert (error, address, family) == (None, "127.0.0.1", 4)
        else:
            assert error.code == "ENOTFOUND" and error.hostname == "a..b"


class Callback:
    def __call__(self, *answer: Any) -> None:
        pass


@pytest.mark.parametrize("hostname", ["localhost", "127.0.0.1", "a..b", "x" * 300])
def test_nothing_is_kept(hostname: str) -> None:
    """Not even a cycle: the callback is freed when it has been called."""
    gc.disable()
    try:
        callback = Callback()
        reference = weakref.ref(callback)
        request = dns.lookup(hostname, callback)
        assert request is None or request.pending
        del callback
        assert reference() is not None
        uvnet.run()
        assert reference() is None
        assert request is None or not request.pending
    finally:
        gc.enable()


def test_the_request() -> None:
    request = dns.lookup("localhost", lambda *answer: None)
    assert isinstance(request, dns.LookupRequest)
    assert request.hostname == "localhost" and request.pending
    uvnet.run()
    assert request.cancel() < 0  # too late


def test_a_cancelled_one_never_calls_back(must_not_call: Callable[..., Any]) -> None:
    for _ in range(50):
        request = dns.lookup("localhost", must_not_call())
        assert request is not None
        request.cancel()
        request.cancel()
    uvnet.run()


class Weird:
    """An object whose operators raise."""

    def __eq__(self, other: object) -> bool:
        raise LookupError

    def __bool__(self) -> bool:
        raise LookupError

    __hash__ = None  # type: ignore[assignment]
    __len__ = __repr__ = __index__ = __float__ = __bool__  # type: ignore[assignment]


ANYTHING: list[Any] = [
    *(None, True, False, 0, -1, 4, 6, 8, 1.5, 65536, 2**63, 10**5000, -(10**5000)),
    *(float("nan"), float("inf"), 1j, "", "x" * 300, "\0", "\ud800", "80", "a..b", "127.0.0.1"),
    *(b"", b"127.0.0.1", bytearray(1), [], {}, set(), (), ("127.0.0.1", 80), range(3), ..., type),
    *(object(), Weird(), Weird, Exception("x"), lambda *answer: None),
]
DOCUMENTED = (ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE, ERR_SOCKET_BAD_PORT)


@pytest.mark.parametrize("number", range(len(ANYTHING)))
def test_anything_as_an_argument(number: int) -> None:
    """Either it raises what is documented, or the callback is called, once."""
    value = ANYTHING[number]
    answers: list[Any] = []
    asked = 0

    def callback(*answer: Any) -> None:
        answers.append(answer)

    calls: list[Callable[[], object]] = [
        lambda: dns.lookup(value, callback),
        lambda: dns.lookup("127.1", callback, family=value),
        lambda: dns.lookup("127.1", callback, hints=value),
        lambda: dns.lookup("127.1", callback, all=value),
        lambda: dns.lookup("127.1", callback, order=value),
        lambda: dns.lookup_service(value, 80, callback),
        lambda: dns.lookup_service("127.0.0.1", value, callback),
    ]
    for call in calls:
        try:
            call()
        except DOCUMENTED:
            continue
        asked += 1
    for take in (dns.lookup, dns.lookup_service):
        args = ("127.0.0.1", value) if take is dns.lookup else ("127.0.0.1", 80, value)
        if not callable(value):
            with pytest.raises(ERR_INVALID_ARG_TYPE):
                take(*args)
    with pytest.raises(ERR_INVALID_ARG_VALUE):
        dns.set_default_result_order(value)
    uvnet.run()
    assert len(answers) == asked
