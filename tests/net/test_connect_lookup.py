"""Host names: the system's resolver, a function of the user, and their errors."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import pytest

import uvnet
from uvnet import net
from uvnet.errors import ERR_INVALID_ADDRESS_FAMILY, ERR_INVALID_IP_ADDRESS

from .helpers import client_of, closed_port, later, port_of, run, serve, watch


def test_localhost(must_call: Callable[..., Any]) -> None:
    server = serve(must_call(lambda peer: peer.end()))
    found = []
    client = net.connect(port_of(server), "localhost", must_call())
    client.on("lookup", lambda *args: found.append(args))
    client.resume().on("close", lambda had_error: server.close())
    run()
    for error, address, family, host in found:
        assert error is None
        assert net.is_ip(address) == family
        assert host == "localhost"
    assert ("127.0.0.1", 4) in [each[1:3] for each in found]


def test_localhost_is_the_default(must_call: Callable[..., Any]) -> None:
    server = serve(must_call(lambda peer: peer.end()))
    client = net.connect(port_of(server), must_call())
    client.on("lookup", lambda *args: hosts.append(args[3]))
    hosts: list[str] = []
    client.resume().on("close", lambda had_error: server.close())
    run()
    assert set(hosts) == {"localhost"}


@pytest.mark.parametrize("family", [4, "IPv4"])
def test_family(family: Any, must_call: Callable[..., Any]) -> None:
    server = serve(must_call(lambda peer: peer.end()))
    client = net.connect(port_of(server), "localhost", family=family)
    client.on("lookup", must_call(lambda *args: found.append(args)))
    found: list[Any] = []
    client.resume().on("close", lambda had_error: server.close())
    run()
    assert found == [(None, "127.0.0.1", 4, "localhost")]


def test_a_literal_is_not_looked_up(must_call: Callable[..., Any]) -> None:
    server = serve(lambda peer: peer.end())
    client = client_of(server, lookup=must_call(None, 0))
    client.on("lookup", must_call(None, 0))
    client.resume().on("close", lambda had_error: server.close())
    run()


@pytest.mark.parametrize("host", ["*" * 64, "x" * 300, "a..b", "no-such-host.invalid"])
def test_no_such_host(host: str, must_call: Callable[..., Any]) -> None:
    client = net.connect(80, host, must_call(None, 0))
    client.on("lookup", must_call(lambda *args: seen.append(args)))
    client.on("error", must_call(lambda error: errors.append(error)))
    seen: list[Any] = []
    errors: list[Any] = []
    run()
    [error] = errors
    assert seen == [(error, None, None, host)]
    assert isinstance(error, socket.gaierror)
    assert error.hostname == host
    assert error.syscall == "getaddrinfo"
    if len(host) > 63:
        assert error.code == "ENOTFOUND"
        assert str(error) == f"getaddrinfo ENOTFOUND {host}"


# ------------------------------------------------------------- a function of the user


def test_what_the_function_gets(must_call: Callable[..., Any]) -> None:
    calls = []

    def lookup(host: str, callback: Any, **options: Any) -> None:
        calls.append((host, options))
        callback(None, "127.0.0.1", 4)

    server = serve(lambda peer: peer.end(), **{})
    port = port_of(server)
    unspecified = {"family": 0, "hints": socket.AI_ADDRCONFIG}
    cases = [
        ({}, {**unspecified, "all": True}),
        ({"auto_select_family": False}, {**unspecified, "all": False}),
        ({"family": 4}, {"family": 4, "hints": 0, "all": False}),
        ({"family": "IPv6"}, {"family": 6, "hints": 0, "all": False}),
        ({"hints": socket.AI_V4MAPPED}, {"family": 0, "hints": socket.AI_V4MAPPED, "all": True}),
        ({"local_address": "127.0.0.1"}, {**unspecified, "all": False}),
    ]
    for options, _ in cases:
        net.connect(port, "x.test", must_call(), lookup=lookup, **options).resume()
    server.unref()
    run()
    server.close()
    run()
    assert calls == [("x.test", expected) for _, expected in cases]


@pytest.mark.parametrize("several", [False, True])
def test_its_answer_is_used(several: bool, must_call: Callable[..., Any]) -> None:
    def lookup(host: str, callback: Any, **options: Any) -> None:
        assert options["all"] is several
        if several:
            uvnet.next_tick(callback, None, [("127.0.0.1", 4)])
        else:
            uvnet.next_tick(callback, None, "127.0.0.1", 4)

    server = serve(lambda peer: peer.end())
    client = net.connect(
        port_of(server), "x.test", must_call(), lookup=lookup, auto_select_family=several
    )
    client.on("lookup", must_call(lambda *args: found.append(args)))
    found: list[Any] = []
    client.resume().on("close", lambda had_error: server.close())
    run()
    assert found == [(None, "127.0.0.1", 4, "x.test")]
    assert client.auto_select_family_attempted_addresses is None


def test_its_error_comes_a_tick_later() -> None:
    error = OSError("nope")
    trace: list[str] = []
    client = net.connect(1, "x.test", lookup=lambda host, callback, **options: callback(error))
    trace.append("sync")
    errors: list[Any] = []
    watch(client, trace, "close").on("error", lambda e: (errors.append(e), trace.append("error")))
    uvnet.next_tick(trace.append, "tick")
    run()
    assert trace == ["sync", "tick", "error", "close(True)"]
    assert errors == [error]


def test_it_raises(must_call: Callable[..., Any]) -> None:
    def lookup(host: str, callback: Any, **options: Any) -> None:
        raise LookupError(host)

    client = net.connect(1, "x.test", lookup=lookup)
    client.on("error", must_call(lambda error: errors.append(error)))
    errors: list[Any] = []
    run()
    assert str(errors[0]) == "x.test"


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (("not-ip", 4), ERR_INVALID_IP_ADDRESS),
        ((None, 4), ERR_INVALID_IP_ADDRESS),
        ((12, 4), ERR_INVALID_IP_ADDRESS),
        (("127.0.0.1", 100), ERR_INVALID_ADDRESS_FAMILY),
        (("127.0.0.1", None), ERR_INVALID_ADDRESS_FAMILY),
    ],
)
def test_wrong_answers(answer: Any, kind: type[Exception], several: bool) -> None:
    def lookup(host: str, callback: Any, **options: Any) -> None:
        if several:
            callback(None, [answer])
        else:
            callback(None, *answer)

    trace: list[str] = []
    errors: list[Any] = []
    client = net.connect(1, "x.test", lookup=lookup, auto_select_family=several)
    watch(client, trace, "close", "connection_attempt").on("error", errors.append)
    run()
    assert trace == ["close(True)"]
    assert type(errors[0]) is kind
    if kind is ERR_INVALID_ADDRESS_FAMILY:
        assert (errors[0].host, errors[0].port) == ("x.test", 1)


@pytest.mark.parametrize("answer", [[], ["127.0.0.1"], [None], [5], 5, None, "x"])
def test_answers_of_another_form(answer: Any) -> None:
    errors: list[Any] = []
    client = net.connect(
        1, "x.test", lookup=lambda host, callback, **options: callback(None, answer)
    )
    client.on("error", errors.append)
    run()
    assert type(errors[0]) in (ERR_INVALID_IP_ADDRESS, ERR_INVALID_ADDRESS_FAMILY)


def test_an_answer_that_does_not_listen() -> None:
    port = closed_port()
    trace: list[str] = []
    client = net.connect(
        port, "x.test", lookup=lambda host, callback, **options: callback(None, "127.0.0.1", 4)
    )
    watch(client, trace)
    run()
    assert trace == ["connection_attempt_failed(127.0.0.1)", "error(ECONNREFUSED)", "close(True)"]


@pytest.mark.parametrize("several", [False, True])
def test_it_answers_twice(several: bool, must_call: Callable[..., Any]) -> None:
    """The second answer changes nothing, whenever it comes."""
    answers: list[Callable[[], None]] = []

    def lookup(host: str, callback: Any, *, all: bool, **options: Any) -> None:
        found = ([("127.0.0.1", 4)],) if all else ("127.0.0.1", 4)
        answers.append(lambda: callback(None, *found))
        answers[0]()
        later(0, answers[0])

    server = serve(must_call(lambda peer: peer.end()))
    client = net.connect(
        port_of(server), "x.test", must_call(), lookup=lookup, auto_select_family=several
    )
    client.on("connect", lambda: answers[0]())
    client.on("close", must_call(lambda had_error: (answers[0](), server.close())))
    client.resume()
    run()


@pytest.mark.parametrize("error", [None, OSError("late")])
def test_it_answers_a_destroyed_socket(error: Exception | None) -> None:
    trace: list[str] = []
    client = net.connect(
        1,
        "x.test",
        lookup=lambda host, callback, **options: later(10, callback, error, "127.0.0.1", 4),
    )
    watch(client, trace).destroy()
    run()
    assert trace == ["close(False)"]


def test_it_answers_a_socket_that_connects_elsewhere(must_call: Callable[..., Any]) -> None:
    """A late answer is for the connection that was given up."""
    server = serve(must_call(lambda peer: peer.end()))
    answers: list[Any] = []
    client = net.connect(
        closed_port(), "x.test", lookup=lambda host, callback, **options: answers.append(callback)
    )
    client.destroy()
    client.connect(port_of(server), "127.0.0.1")
    client.on("lookup", must_call(None, 0)).on("error", must_call(None, 0))
    answers[0](None, [("127.0.0.1", 4)])
    client.on("connect", must_call(lambda: answers[0](OSError("late"))))
    client.resume().on("close", lambda had_error: server.close() if server.listening else None)
    run()


def test_a_coroutine_function_answers_by_a_task(must_call: Callable[..., Any]) -> None:
    """lookup= is not awaited; what it starts may answer whenever it likes."""

    async def main() -> None:
        tasks: set[asyncio.Task[None]] = set()

        async def answer(callback: Any) -> None:
            await asyncio.sleep(0.005)
            callback(None, [("127.0.0.1", 4)])

        server = net.create_server(must_call(lambda peer: peer.end(b"x")))
        await server.listen(0, "127.0.0.1")
        client = net.connect(
            port_of(server),
            "x.test",
            lookup=lambda host, callback, **options: tasks.add(
                asyncio.ensure_future(answer(callback))
            ),
        )
        assert [chunk async for chunk in await client] == [b"x"]
        server.close()

    uvnet.run(main())
