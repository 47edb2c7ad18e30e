"""dns.lookup_service(): the names of addresses and ports."""

from __future__ import annotations

import gc
import socket
import weakref
from typing import Any

import pytest

import uvnet
from uvnet import dns
from uvnet.errors import (
    ERR_INVALID_ARG_TYPE,
    ERR_INVALID_ARG_VALUE,
    ERR_SOCKET_BAD_PORT,
    DNSError,
)

from .helpers import answer_of


def names_of(address: str, port: Any) -> tuple[Any, ...]:
    return answer_of(dns.lookup_service, address, port)


@pytest.mark.parametrize("port", [0, 1, 22, 80, 65535])
def test_as_the_socket_module(port: int) -> None:
    expected = socket.getnameinfo(("127.0.0.1", port), socket.NI_NAMEREQD)
    assert names_of("127.0.0.1", port) == (None, *expected)


@pytest.mark.parametrize("port", ["80", 80.0, "0x50", " 80 ", "8e1"])
def test_ports_of_other_types(port: Any) -> None:
    assert names_of("127.0.0.1", port) == names_of("127.0.0.1", 80)


@pytest.mark.parametrize("address", ["0.0.0.1", "100::1", "fe80::1%lo", "fe80::1%nowhere"])
def test_an_address_without_a_name(address: str) -> None:
    error, hostname, service = names_of(address, 80)
    assert isinstance(error, DNSError)
    assert error.code in ("ENOTFOUND", "EAI_AGAIN", "EAI_FAIL", "EINVAL")
    assert (error.syscall, error.hostname) == ("getnameinfo", address)
    assert str(error) == f"getnameinfo {error.code} {address}"
    assert (hostname, service) == (None, None)


@pytest.mark.parametrize(
    ("args", "error"),
    [
        (("localhost", 80, print), ERR_INVALID_ARG_VALUE),
        (("", 80, print), ERR_INVALID_ARG_VALUE),
        (("127.1", 80, print), ERR_INVALID_ARG_VALUE),
        (("127.0.0.1\0", 80, print), ERR_INVALID_ARG_VALUE),
        (("\ud800", 80, print), ERR_INVALID_ARG_VALUE),
        ((None, 80, print), ERR_INVALID_ARG_TYPE),
        ((5, 80, print), ERR_INVALID_ARG_TYPE),
        ((b"127.0.0.1", 80, print), ERR_INVALID_ARG_TYPE),
        (("127.0.0.1", -1, print), ERR_SOCKET_BAD_PORT),
        (("127.0.0.1", 65536, print), ERR_SOCKET_BAD_PORT),
        (("127.0.0.1", 1.5, print), ERR_SOCKET_BAD_PORT),
        (("127.0.0.1", float("nan"), print), ERR_SOCKET_BAD_PORT),
        (("127.0.0.1", float("inf"), print), ERR_SOCKET_BAD_PORT),
        (("127.0.0.1", None, print), ERR_SOCKET_BAD_PORT),
        (("127.0.0.1", True, print), ERR_SOCKET_BAD_PORT),
        (("127.0.0.1", [80], print), ERR_SOCKET_BAD_PORT),
        (("127.0.0.1", "", print), ERR_SOCKET_BAD_PORT),
        (("127.0.0.1", "http", print), ERR_SOCKET_BAD_PORT),
        (("127.0.0.1", "0x5_0", print), ERR_SOCKET_BAD_PORT),
        (("127.0.0.1", b"80", print), ERR_SOCKET_BAD_PORT),
        (("127.0.0.1", 80, None), ERR_INVALID_ARG_TYPE),
        (("127.0.0.1", 80, "print"), ERR_INVALID_ARG_TYPE),
        (("127.0.0.1", 80), TypeError),
        (("127.0.0.1",), TypeError),
    ],
)
def test_wrong_arguments_raise_at_once(args: Any, error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        dns.lookup_service(*args)
    assert getattr(caught.value, "code", None) == getattr(error, "code", None)
    uvnet.run()


def test_an_exception_in_the_callback() -> None:
    def fail(*answer: Any) -> None:
        raise LookupError("mine")

    dns.lookup_service("127.0.0.1", 80, fail)
    with pytest.raises(LookupError, match="mine"):
        uvnet.run()


def test_many_at_once_and_cancelled_ones() -> None:
    answers: list[int] = []
    requests = [
        dns.lookup_service("127.0.0.1", port, lambda *answer, port=port: answers.append(port))
        for port in range(300)
    ]
    for request in requests[::2]:
        assert request is not None
        request.cancel()
    uvnet.run()
    assert sorted(answers) == list(range(1, 300, 2))


def test_nothing_is_kept() -> None:
    class Callback:
        def __call__(self, *answer: Any) -> None:
            pass

    gc.disable()
    try:
        callback = Callback()
        reference = weakref.ref(callback)
        request = dns.lookup_service("127.0.0.1", 80, callback)
        del callback
        uvnet.run()
        assert reference() is None
        assert isinstance(request, dns.LookupServiceRequest) and not request.pending
        assert request.hostname == "127.0.0.1"
    finally:
        gc.enable()
