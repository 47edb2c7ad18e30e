"""Several addresses of a host: which are tried, in which order, and when."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import uvnet
from uvnet import net
from uvnet.dns import LookupAddress
from uvnet.errors import ERR_INVALID_ARG_TYPE, ERR_OUT_OF_RANGE, AggregateError
from uvnet.net._auto_select import alternate

from .helpers import closed_port, free_port, later, port_of, run, watch


def answering(*addresses: str) -> Any:
    """Return a lookup function that answers with these."""
    found = [(address, net.is_ip(address)) for address in addresses]
    return lambda host, callback, **options: uvnet.next_tick(callback, None, found)


@pytest.fixture
def v4_server() -> Iterator[Any]:
    """A server on 127.0.0.1 alone, listening."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = net.create_server(lambda peer: (peer.end(), server.close()))
        yield server.listen(fd=socket.dup(listener.fileno()))


@pytest.fixture
def black_hole() -> Iterator[tuple[str, int]]:
    """An address where connecting takes for ever: its backlog is full."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.3", 0))
        listener.listen(0)
        host, port = listener.getsockname()
        waiting = []
        for _ in range(8):
            sock = socket.socket()
            sock.setblocking(False)
            sock.connect_ex((host, port))
            waiting.append(sock)
        yield host, port
        for sock in waiting:
            sock.close()


def test_families_alternate() -> None:
    def order(*addresses: str) -> list[str]:
        found = alternate(LookupAddress(address, net.is_ip(address)) for address in addresses)
        return [each.address for each in found]

    assert order("::1", "::2", "1.1.1.1", "::3", "1.1.1.2") == [
        "::1", "1.1.1.1", "::2", "1.1.1.2", "::3",
    ]  # fmt: skip
    assert order("1.1.1.1", "::1", "1.1.1.2", "1.1.1.3") == [
        "1.1.1.1", "::1", "1.1.1.2", "1.1.1.3",
    ]  # fmt: skip
    assert order("::1", "::1", "1.1.1.1", "::1") == ["::1", "1.1.1.1"]
    assert order() == []


def test_all_are_refused() -> None:
    port = closed_port()
    trace: list[str] = []
    errors: list[Any] = []
    client = net.connect(port, "x.test", lookup=answering("::1", "127.0.0.1", "127.0.0.2"))
    watch(client, trace).on("error", errors.append)
    run()
    assert trace == [
        *["lookup"] * 3,
        "connection_attempt",
        "connection_attempt_failed(::1)",
        "connection_attempt",
        "connection_attempt_failed(127.0.0.1)",
        "connection_attempt",
        "connection_attempt_failed(127.0.0.2)",
        "error(ECONNREFUSED)",
        "close(True)",
    ]
    [error] = errors
    assert isinstance(error, AggregateError)
    assert error.message == ""
    assert [str(each) for each in error.errors] == [
        f"connect ECONNREFUSED {address}:{port}" for address in ("::1", "127.0.0.1", "127.0.0.2")
    ]
    assert client.auto_select_family_attempted_addresses == [
        f"::1:{port}",
        f"127.0.0.1:{port}",
        f"127.0.0.2:{port}",
    ]


def test_the_second_one_does(v4_server: Any, must_call: Callable[..., Any]) -> None:
    port = port_of(v4_server)
    trace: list[str] = []
    client = net.connect(
        port, "x.test", must_call(), lookup=answering("::1", "127.0.0.1", "127.0.0.2")
    )
    watch(client, trace).resume()
    run()
    assert trace == [
        *["lookup"] * 3,
        "connection_attempt",
        "connection_attempt_failed(::1)",
        "connection_attempt",
        "connect",
        "ready",
        "end",
        "finish",
        "close(False)",
    ]
    assert client.auto_select_family_attempted_addresses == [f"::1:{port}", f"127.0.0.1:{port}"]


def test_what_was_written_and_set_before_goes_to_the_one_that_does(
    must_call: Callable[..., Any],
) -> None:
    received = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = net.create_server(lambda peer: peer.on("data", received.append))
        server.listen(fd=socket.dup(listener.fileno()))
        client = net.connect(port_of(server), "x.test", lookup=answering("::1", "127.0.0.1"))
        client.write(b"before ", None, must_call(lambda error: None))
        client.end(b"and after", None, must_call(lambda error: None))
        client.resume().on("close", must_call(lambda had_error: server.close()))
        run()
    assert b"".join(received) == b"before and after"


def test_unref_stays_with_the_one_that_does(must_call: Callable[..., Any]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = net.connect(
            listener.getsockname()[1], "x.test", must_call(), lookup=answering("::1", "127.0.0.1")
        )
        client.unref()
        run()  # ends although the socket is open
        assert client.auto_select_family_attempted_addresses is not None
        assert not client.pending
        client.destroy()
        run()


def test_one_does_not_answer(black_hole: tuple[str, int], must_call: Callable[..., Any]) -> None:
    host, port = black_hole
    trace: list[str] = []
    try:
        listener = socket.create_server(("127.0.0.1", port))
    except OSError:
        pytest.skip("the port is taken")
    with listener:
        client = net.connect(
            port,
            "x.test",
            must_call(lambda: client.destroy()),
            lookup=answering(host, "127.0.0.1"),
            auto_select_family_attempt_timeout=20,
        )
        watch(client, trace)
        run()
    assert trace == [
        *["lookup"] * 2,
        "connection_attempt",
        f"connection_attempt_timeout({host})",
        "connection_attempt",
        "connect",
        "ready",
        "close(False)",
    ]


def test_the_first_does_not_answer_and_the_last_refuses(black_hole: tuple[str, int]) -> None:
    host, port = black_hole
    errors: list[Any] = []
    client = net.connect(
        port, "x.test", lookup=answering(host, "::1"), auto_select_family_attempt_timeout=10
    )
    client.on("error", errors.append)
    run()
    codes = [error.code for error in errors[0].errors]
    assert codes == ["ETIMEDOUT", "ECONNREFUSED"]
    assert errors[0].code == "ETIMEDOUT"


def test_destroyed_during_an_attempt(black_hole: tuple[str, int]) -> None:
    """The timer goes too: the loop would wait for it for a minute."""
    host, port = black_hole
    trace: list[str] = []
    client = net.connect(
        port,
        "x.test",
        lookup=answering(host, "127.0.0.1"),
        auto_select_family_attempt_timeout=200_000,
    )
    watch(client, trace)
    later(10, client.destroy)
    run()
    assert trace == [*["lookup"] * 2, "connection_attempt", "close(False)"]


@pytest.mark.parametrize(
    "event", ["connection_attempt_failed", "connection_attempt_timeout", "connection_attempt"]
)
def test_destroyed_by_a_listener(event: str, black_hole: tuple[str, int]) -> None:
    host, port = black_hole
    first = "::1" if event == "connection_attempt_failed" else host
    trace: list[str] = []
    client = net.connect(
        port, "x.test", lookup=answering(first, "::2"), auto_select_family_attempt_timeout=10
    )
    watch(client, trace)
    client.on(event, lambda *args: client.destroy())
    run()
    assert trace[-2].startswith(event)
    assert trace[-1] == "close(False)"


def test_a_local_port_for_each_attempt() -> None:
    port = closed_port()
    local = free_port()
    errors: list[Any] = []
    client = net.connect(port, "x.test", lookup=answering("::1", "127.0.0.1"), local_port=local)
    client.on("error", errors.append)
    run()
    assert [(e.code, e.local_address, e.local_port) for e in errors[0].errors] == [
        ("ECONNREFUSED", "::", local),
        ("ECONNREFUSED", "0.0.0.0", local),
    ]


def test_a_local_port_that_is_taken(must_call: Callable[..., Any]) -> None:
    with socket.create_server(("0.0.0.0", 0)) as taken:
        errors: list[Any] = []
        client = net.connect(
            1,
            "x.test",
            lookup=answering("127.0.0.1", "127.0.0.2"),
            local_port=taken.getsockname()[1],
        )
        client.on("error", errors.append).on("connection_attempt", must_call(None, 0))
        run()
    assert [(e.code, e.syscall) for e in errors[0].errors] == [("EADDRINUSE", "bind")] * 2


def test_very_many_addresses() -> None:
    """More than functions may call each other; all of them fail at once."""
    addresses = [f"127.0.{i // 250}.{i % 250 + 1}" for i in range(1500)]
    errors: list[Any] = []
    with socket.create_server(("0.0.0.0", 0)) as taken:
        port = taken.getsockname()[1]
        client = net.connect(1, "x.test", lookup=answering(*addresses), local_port=port)
        client.on("error", errors.append)
        run()
    assert len(errors[0].errors) == len(addresses)


def test_turned_off() -> None:
    port = closed_port()
    errors: list[Any] = []
    client = net.connect(
        port,
        "x.test",
        auto_select_family=False,
        lookup=lambda host, callback, **options: callback(None, "127.0.0.1", 4),
    )
    client.on("error", errors.append)
    run()
    assert str(errors[0]) == f"connect ECONNREFUSED 127.0.0.1:{port}"
    assert client.auto_select_family_attempted_addresses is None


def test_defaults() -> None:
    assert net.get_default_auto_select_family() is True
    assert net.get_default_auto_select_family_attempt_timeout() == 250
    try:
        net.set_default_auto_select_family(False)
        assert net.get_default_auto_select_family() is False
        seen = []
        net.connect(
            closed_port(),
            "x.test",
            lookup=lambda host, callback, **options: (
                seen.append(options["all"]),
                callback(None, "127.0.0.1", 4),
            ),
        ).on("error", lambda error: None)
        run()
        assert seen == [False]
        net.set_default_auto_select_family_attempt_timeout(3)
        assert net.get_default_auto_select_family_attempt_timeout() == 10
        net.set_default_auto_select_family_attempt_timeout(400)
        assert net.get_default_auto_select_family_attempt_timeout() == 400
    finally:
        net.set_default_auto_select_family(True)
        net.set_default_auto_select_family_attempt_timeout(250)


@pytest.mark.parametrize("value", ["x", 1, None])
def test_wrong_default(value: Any) -> None:
    with pytest.raises(ERR_INVALID_ARG_TYPE):
        net.set_default_auto_select_family(value)


@pytest.mark.parametrize(
    ("value", "error"),
    [("1", ERR_INVALID_ARG_TYPE), (0, ERR_OUT_OF_RANGE), (-1, ERR_OUT_OF_RANGE),
     (1.5, ERR_OUT_OF_RANGE), (2**31, ERR_OUT_OF_RANGE)],
)  # fmt: skip
def test_wrong_default_timeout(value: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        net.set_default_auto_select_family_attempt_timeout(value)
