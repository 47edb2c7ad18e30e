"""A socket's block list: where it does not connect to, however it comes by the address."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import uvnet
from uvnet import net
from uvnet.errors import ERR_IP_BLOCKED, AggregateError
from uvnet.net import BlockList

from .helpers import closed_port, port_of, run, serve, watch


@pytest.fixture
def block_list() -> BlockList:
    block_list = BlockList()
    block_list.add_subnet("127.0.0.0", 8)
    return block_list


def answering(*addresses: tuple[str, int]) -> Callable[..., None]:
    """Return a lookup function that knows these addresses of every host."""

    def lookup(host: str, callback: Callable[..., object], **options: Any) -> None:
        answer = [list(addresses)] if options.get("all") else addresses[0]
        uvnet.next_tick(callback, None, *answer)

    return lookup


def failing(trace: list[str], port: int, host: str, **options: Any) -> Exception:
    """Connect; return what 'error' came with."""
    errors: list[Exception] = []
    client = watch(net.connect(port, host, **options), trace)
    client.on("error", errors.append)
    run()
    assert client.destroyed and not client.connecting
    [error] = errors
    return error


@pytest.mark.parametrize(
    ("host", "options"),
    [
        ("127.0.0.1", {}),
        ("name.invalid", {"lookup": answering(("127.0.0.1", 4)), "auto_select_family": False}),
        ("name.invalid", {"lookup": answering(("127.0.0.1", 4)), "auto_select_family": True}),
        ("name.invalid", {"lookup": answering(("127.0.0.1", 4)), "family": 4}),
    ],
)
def test_one_address(host: str, options: Any, block_list: BlockList) -> None:
    trace: list[str] = []
    server = serve(lambda peer: pytest.fail("it connected")).unref()
    error = failing(trace, port_of(server), host, block_list=block_list, **options)
    assert isinstance(error, ERR_IP_BLOCKED)
    assert str(error) == "IP(127.0.0.1) is blocked by net.BlockList"
    looked_up = ["lookup"] if options else []
    assert trace == [*looked_up, "connection_attempt", "error(ERR_IP_BLOCKED)", "close(True)"]
    server.close()
    run()


def test_all_of_several_addresses(block_list: BlockList) -> None:
    block_list.add_address("::1", "ipv6")
    trace: list[str] = []
    error = failing(
        trace,
        closed_port(),
        "name.invalid",
        lookup=answering(("127.0.0.1", 4), ("::1", 6)),
        block_list=block_list,
    )
    assert isinstance(error, AggregateError) and error.code == "ERR_IP_BLOCKED"
    assert [str(each) for each in error.errors] == [
        "IP(127.0.0.1) is blocked by net.BlockList",
        "IP(::1) is blocked by net.BlockList",
    ]
    assert trace == [
        "lookup",
        "lookup",
        "connection_attempt_failed(127.0.0.1)",
        "connection_attempt_failed(::1)",
        "error(ERR_IP_BLOCKED)",
        "close(True)",
    ]


def test_one_of_several_addresses(must_call: Callable[..., Any]) -> None:
    block_list = BlockList()
    block_list.add_address("::1", "ipv6")
    server = serve(must_call(lambda peer: (peer.end(), server.close())))
    port = port_of(server)
    trace: list[str] = []
    attempted: list[Any] = []
    lookup = answering(("::1", 6), ("127.0.0.1", 4))
    client = watch(net.connect(port, "name.invalid", lookup=lookup, block_list=block_list), trace)
    client.on("connection_attempt", lambda address, port, family: attempted.append(address))
    client.resume()
    run()
    assert trace[:5] == [
        "lookup",
        "lookup",
        "connection_attempt_failed(::1)",
        "connection_attempt",
        "connect",
    ]
    assert attempted == ["127.0.0.1"]
    assert client.auto_select_family_attempted_addresses == [f"127.0.0.1:{port}"]


def test_a_rule_that_is_made_in_connection_attempt() -> None:
    """The address is checked when it is about to be connected to."""
    for addresses in ([("127.0.0.1", 4)], [("127.0.0.1", 4), ("::1", 6)]):
        block_list = BlockList()
        client = net.connect(
            closed_port(), "name.invalid", lookup=answering(*addresses), block_list=block_list
        )
        codes: list[str] = []
        client.on("connection_attempt", lambda address, port, family, block_list=block_list: (
            block_list.add_address(address, f"ipv{family}")
        ))  # fmt: skip
        client.on("error", lambda error, codes=codes: codes.append(error.code))
        run()
        assert codes == ["ERR_IP_BLOCKED"]


def test_a_socket_keeps_its_list(block_list: BlockList, must_call: Callable[..., Any]) -> None:
    server = serve(must_call(lambda peer: (peer.end(), server.close())))
    client = net.Socket(block_list=block_list)
    assert client.block_list is block_list
    codes: list[str] = []
    client.on("error", lambda error: codes.append(error.code))

    def on_close(had_error: bool) -> None:
        if not had_error:
            return
        if len(codes) == 2:
            block_list.clear()
        client.connect(port_of(server), "127.0.0.1")
        client.resume()

    client.on("close", on_close)
    client.connect(port_of(server), "127.0.0.1")
    run()
    assert codes == ["ERR_IP_BLOCKED"] * 2
    assert net.Socket().block_list is None


def test_an_address_with_a_zone() -> None:
    block_list = BlockList()
    block_list.add_subnet("fe80::", 10, "ipv6")
    trace: list[str] = []
    error = failing(trace, closed_port(), "fe80::1%lo", block_list=block_list)
    assert str(error) == "IP(fe80::1%lo) is blocked by net.BlockList"


def test_a_unix_socket_is_not_checked(tmp_path: Path, must_call: Callable[..., Any]) -> None:
    block_list = BlockList()
    block_list.add_subnet("::", 0, "ipv6")
    path = str(tmp_path / "socket")
    server = net.create_server(must_call(lambda peer: (peer.end(), server.close()))).listen(path)
    client = net.connect(path, block_list=block_list)
    client.on("connect", must_call(lambda: None))
    client.resume()
    run()


def test_it_is_no_option_of_connect_itself(block_list: BlockList) -> None:
    client = net.Socket()
    with pytest.raises(TypeError, match="block_list"):
        client.connect(5, "127.0.0.1", block_list=block_list)  # type: ignore[call-arg]
    client.destroy()
    run()


@pytest.mark.parametrize(
    ("host", "options"),
    [
        ("127.0.0.1", {}),
        ("name.invalid", {"lookup": answering(("127.0.0.1", 4)), "auto_select_family": False}),
        ("name.invalid", {"lookup": answering(("127.0.0.1", 4), ("::1", 6))}),
    ],
)
def test_a_check_of_a_subclass_that_raises(host: str, options: Any) -> None:
    """The socket fails with it, and connects to no other address."""

    class Broken(BlockList):
        def check(self, address: Any, family: str = "ipv4") -> bool:
            raise LookupError(address)

    error = failing([], 1, host, block_list=Broken(), **options)
    assert repr(error) == "LookupError('127.0.0.1')"
