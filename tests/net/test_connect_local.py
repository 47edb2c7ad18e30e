"""local_address and local_port: which end to connect from."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest

from uvnet import net

from .helpers import client_of, closed_port, free_port, later, port_of, run, serve, watch


def test_address_and_port(must_call: Callable[..., Any]) -> None:
    seen = []

    def accepted(peer: net.Socket) -> None:
        seen.append((peer.remote_address, peer.remote_port))
        peer.end()

    server = net.create_server(must_call(accepted)).listen(0, "127.0.0.1")
    port = free_port()

    def listening() -> None:
        client = client_of(server, local_address="127.0.0.9", local_port=port)
        client.on("connect", must_call(lambda: seen.append(tuple(client.address())[::2])))
        client.resume().on("close", lambda had_error: server.close())

    server.on("listening", listening)
    run()
    assert seen == [("127.0.0.9", port)] * 2


def test_port_alone(must_call: Callable[..., Any]) -> None:
    server = serve(must_call(lambda peer: peer.end()))
    port = free_port()
    client = client_of(server, local_port=port)
    client.on("connect", must_call(lambda: ports.append(client.local_port)))
    ports: list[int | None] = []
    client.resume().on("close", lambda had_error: server.close())
    run()
    assert ports == [port]


def test_port_that_is_taken() -> None:
    """connect() would take another port: that is noticed before."""
    trace: list[str] = []
    errors: list[Any] = []
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = serve()
        client = client_of(server, local_address="127.0.0.1", local_port=port)
        watch(client, trace).on("error", errors.append)
        client.on("close", lambda had_error: server.close())
        run()
    assert trace == ["error(EADDRINUSE)", "close(True)"]
    assert str(errors[0]) == f"bind EADDRINUSE 127.0.0.1:{port}"
    assert (errors[0].address, errors[0].port) == ("127.0.0.1", port)


def test_address_that_is_not_ours() -> None:
    trace: list[str] = []
    errors: list[Any] = []
    client = net.connect(1, "127.0.0.1", local_address="192.0.2.200")
    watch(client, trace).on("error", errors.append)
    run()
    assert trace == ["error(EADDRNOTAVAIL)", "close(True)"]
    assert str(errors[0]) == "bind EADDRNOTAVAIL 192.0.2.200"


def test_errors_of_connect_name_the_local_end() -> None:
    local, port = free_port(), closed_port()
    errors: list[Any] = []
    client = net.connect(port, "127.0.0.1", local_port=local)
    client.on("error", errors.append)
    run()
    [error] = errors
    assert str(error) == f"connect ECONNREFUSED 127.0.0.1:{port} - Local (0.0.0.0:{local})"
    assert (error.local_address, error.local_port) == ("0.0.0.0", local)


def test_no_local_end_in_errors_of_a_chosen_address() -> None:
    port = closed_port()
    errors: list[Any] = []
    client = net.connect(port, "127.0.0.1", local_address="127.0.0.5")
    client.on("error", errors.append)
    run()
    assert str(errors[0]) == f"connect ECONNREFUSED 127.0.0.1:{port}"
    assert errors[0].local_address is None


def test_the_local_port_is_the_remote_port_of_the_server(must_call: Callable[..., Any]) -> None:
    rounds = 3
    ports: list[Any] = []
    server = serve(lambda peer: (ports.append(peer.remote_port), peer.end()))
    client = net.Socket()
    client.on("connect", must_call(lambda: ours.append(client.local_port), rounds))
    ours: list[Any] = []

    def closed(had_error: bool) -> None:
        assert client.local_port is None
        if len(ours) < rounds:
            client.connect(port_of(server), "127.0.0.1")
        else:
            later(10, server.close)

    client.on("close", closed).resume()
    client.connect(port_of(server), "127.0.0.1")
    run()
    assert ours == ports


@pytest.mark.parametrize("port", [False, True])
def test_ipv6(port: bool, must_call: Callable[..., Any]) -> None:
    server = net.create_server(must_call(lambda peer: (seen.append(peer.remote_port), peer.end())))
    server.on("error", lambda error: pytest.skip(f"there is no IPv6: {error}"))
    local = free_port()

    def listening() -> None:
        client = net.connect(
            port_of(server), "::1", local_address="::1", local_port=local if port else None
        )
        client.on("connect", must_call(lambda: seen.append(client.local_port)))
        client.on("connect", lambda: families.append((client.local_address, client.local_family)))
        client.resume().on("close", lambda had_error: server.close())

    seen: list[Any] = []
    families: list[Any] = []
    server.listen(0, "::1", listening)
    run()
    assert families == [("::1", "IPv6")]
    assert seen[0] == seen[1]
    assert (seen[0] == local) is port


def test_an_address_of_the_other_family() -> None:
    """It can be bound, but not connected from; or not even bound."""
    for host, local in (("127.0.0.1", "::1"), ("::1", "127.0.0.1")):
        trace: list[str] = []
        client = watch(net.connect(closed_port(), host, local_address=local), trace)
        run()
        assert trace[-1] == "close(True)"
        assert trace[-2] in ("error(EINVAL)", "error(EAFNOSUPPORT)", "error(EADDRNOTAVAIL)")
        assert client.destroyed


def test_a_local_address_turns_the_selection_off() -> None:
    seen: list[Any] = []

    def lookup(host: str, callback: Any, **options: Any) -> None:
        seen.append(options["all"])
        callback(None, "127.0.0.1", 4)

    for local in ({}, {"local_address": "127.0.0.1"}, {"local_port": free_port()}):
        client = net.connect(closed_port(), "x.test", lookup=lookup, **local)
        client.on("error", lambda error: None)
        run()
    assert seen == [True, False, True]
