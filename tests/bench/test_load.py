"""The load generator: it counts right, and no fault of a server gets past it."""

from __future__ import annotations

import math
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from uvnet.bench import _load

Address = tuple[str, int] | str
Reply = Callable[[int, bytes], bytes | None]
Serve = Callable[..., Address]


def edit(at: int, change: Any) -> Reply:
    """Echo, but with the stream changed from offset `at` on, once."""

    def reply(offset: int, data: bytes) -> bytes:
        if not offset <= at < offset + len(data):
            return data
        cut = at - offset
        return data[:cut] + change(data[cut:])

    return reply


@pytest.mark.parametrize("unix", [False, True])
def test_counts_messages(serve: Serve, unix: bool) -> None:
    result = _load.run(serve(unix=unix), connections=3, size=100, messages=50, warmup=7)
    assert result["messages"] == 50
    assert result["bytes"] == 5000
    assert result["messages_total"] == 57
    assert result["seconds"] > 0
    assert sum(count for _, count in result["histogram"]) == 50


def test_server_sees_every_byte_and_no_more(serve: Serve) -> None:
    received = []

    def reply(offset: int, data: bytes) -> bytes:
        received.append(data)
        return data

    _load.run(serve(reply), connections=5, size=1000, messages=40, warmup=3)
    assert sum(map(len, received)) == 43_000


def test_stops_after_seconds(serve: Serve) -> None:
    result = _load.run(serve(), connections=2, size=10, seconds=0.5)
    assert result["messages"] > 0
    assert result["seconds"] >= 0.5
    # Those in flight when the time was over are awaited and checked, but not measured.
    assert 0 <= result["messages_total"] - result["messages"] <= 2


def test_latency_is_in_order_and_in_microseconds(serve: Serve) -> None:
    def reply(offset: int, data: bytes) -> bytes:
        time.sleep(0.002)
        return data

    latency = _load.run(serve(reply), connections=1, size=10, messages=20)["latency"]
    steps = [latency[key] for key in ("min", "p50", "p90", "p99", "p99_9", "max")]
    assert steps == sorted(steps)
    assert latency["min"] >= 2000
    assert latency["min"] <= latency["mean"] <= latency["max"]


def test_histogram_bounds_are_narrow(serve: Serve) -> None:
    result = _load.run(serve(), connections=1, size=10, messages=200)
    bounds = [bound for bound, _ in result["histogram"]]
    assert bounds == sorted(bounds)
    assert result["latency"]["max"] * 1000 <= bounds[-1] <= result["latency"]["max"] * 1016
    seen = 0
    for bound, count in result["histogram"]:
        seen += count
        if seen >= 100:
            assert math.isclose(result["latency"]["p50"], bound / 1000)
            break


@pytest.mark.parametrize("size", [1, 7, 65536, 65521 * 3, 3_000_000])
def test_sizes(serve: Serve, size: int) -> None:
    result = _load.run(serve(), connections=2, size=size, messages=6)
    assert result["bytes"] == 6 * size


def test_more_than_the_sockets_hold(serve: Serve) -> None:
    assert _load.run(serve(), connections=1, size=40_000_000, messages=1)["messages"] == 1


def test_more_connections_than_messages(serve: Serve) -> None:
    assert _load.run(serve(), connections=20, messages=3)["messages_total"] == 3


def test_many_connections_overflow_the_backlog(serve: Serve) -> None:
    result = _load.run(serve(unix=True), connections=200, size=16, messages=400)
    assert result["messages"] == 400


@pytest.mark.parametrize("at", [0, 1023, 1024, 5000])
def test_corrupt_byte(serve: Serve, at: int) -> None:
    address = serve(edit(at, lambda rest: bytes([rest[0] ^ 1]) + rest[1:]))
    with pytest.raises(_load.LoadError, match=f"byte {at} of the stream came back") as caught:
        _load.run(address, connections=2, messages=100)
    assert caught.value.kind == "corrupt"


def test_swapped_bytes(serve: Serve) -> None:
    address = serve(edit(3000, lambda rest: rest[1::-1] + rest[2:]))
    with pytest.raises(_load.LoadError, match="byte 3000 of the stream"):
        _load.run(address, connections=2, messages=100)


def test_lost_byte(serve: Serve) -> None:
    address = serve(edit(3000, lambda rest: rest[1:]))
    with pytest.raises(_load.LoadError, match="byte 3000 of the stream") as caught:
        _load.run(address, connections=2, messages=100)
    assert caught.value.kind == "corrupt"


def test_lost_last_byte_of_a_message(serve: Serve) -> None:
    address = serve(edit(2047, lambda rest: rest[1:]))
    with pytest.raises(
        _load.LoadError, match="1024 of 1024 bytes were sent and 1023 of 1024 received"
    ):
        _load.run(address, connections=1, messages=100, deadline=0.3)


def test_doubled_byte(serve: Serve) -> None:
    address = serve(edit(3000, lambda rest: rest[:1] + rest))
    with pytest.raises(_load.LoadError) as caught:
        _load.run(address, connections=2, messages=100)
    # Found as the surplus of the message, or as the first wrong byte behind it.
    assert caught.value.kind in ("corrupt", "surplus")


def test_reply_of_the_message_before(serve: Serve) -> None:
    received = [b""]

    def reply(offset: int, data: bytes) -> bytes:
        received.append(data)
        return received[-2] or data

    with pytest.raises(_load.LoadError, match="byte 8 of the stream") as caught:
        _load.run(serve(reply), connections=1, size=8, messages=20)
    assert caught.value.kind == "corrupt"


def test_surplus_after_the_last_message(serve: Serve) -> None:
    address = serve(edit(4095, lambda rest: rest + b"\0"))
    with pytest.raises(_load.LoadError, match="more than were sent") as caught:
        _load.run(address, connections=1, messages=4)
    assert caught.value.kind == "surplus"


def test_bytes_of_another_connection(serve: Serve) -> None:
    """Two connections that get each other's replies."""
    meeting = threading.Barrier(2)
    mailbox: dict[int, bytes] = {}

    def reply(offset: int, data: bytes) -> bytes | None:
        mailbox[threading.get_ident()] = data
        try:
            meeting.wait(5)
        except threading.BrokenBarrierError:
            return None
        return next(d for thread, d in mailbox.items() if thread != threading.get_ident())

    with pytest.raises(_load.LoadError) as caught:
        _load.run(serve(reply), connections=2, size=64, messages=20)
    meeting.abort()
    assert caught.value.kind == "corrupt"


@pytest.mark.parametrize("at", [0, 100, 5000])
def test_early_close(serve: Serve, at: int) -> None:
    def reply(offset: int, data: bytes) -> bytes | None:
        return data if offset + len(data) <= at else None

    with pytest.raises(_load.LoadError, match="closed by the server in message") as caught:
        _load.run(serve(reply), connections=2, size=100, messages=500)
    assert caught.value.kind == "closed"


def test_no_answer(serve: Serve) -> None:
    with pytest.raises(_load.LoadError, match="deadline of 0.2 s passed") as caught:
        _load.run(serve(lambda offset, data: b""), messages=10, deadline=0.2)
    assert caught.value.kind == "deadline"
    assert caught.value.messages == 0


def test_no_answer_within_seconds_is_a_fault_too(deaf: Address) -> None:
    with pytest.raises(_load.LoadError, match="deadline of 0.3 s"):
        _load.run(deaf, connections=2, seconds=0.1, deadline=0.3)


def test_nobody_listens(tmp_path: Path) -> None:
    with pytest.raises(_load.LoadError, match="connect: No such file") as caught:
        _load.run(str(tmp_path / "none.sock"), messages=1)
    assert caught.value.kind == "connect"
    assert caught.value.errno != 0
    with pytest.raises(_load.LoadError, match="connect: Connection refused"):
        _load.run(("127.0.0.1", 1), messages=1)


def test_no_descriptor_is_left(serve: Serve, deaf: Address) -> None:
    address = serve()
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(_load.LoadError):
        _load.run(deaf, messages=1, deadline=0.05)
    _load.run(address, messages=10)
    deadline = time.monotonic() + 60  # the server's own ends are closed by its threads
    while len(os.listdir("/proc/self/fd")) > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(os.listdir("/proc/self/fd")) <= before


def test_signal_interrupts(deaf: Address) -> None:
    timer = threading.Timer(0.1, os.kill, [os.getpid(), signal.SIGINT])
    timer.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            _load.run(deaf, messages=1, deadline=20)
    finally:
        timer.join()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "give messages or seconds"),
        ({"messages": -1}, "messages must be between 0 .* got -1"),
        ({"messages": 1, "connections": 0}, "connections must be between 1 and 65520, got 0"),
        ({"messages": 1, "size": 0}, "size must be between 1 .* got 0"),
        ({"messages": 1, "warmup": -5}, "warmup must be between 0"),
        ({"messages": 1, "deadline": 0}, "deadline must be above 0 .* got 0"),
        ({"seconds": -1.0}, "seconds must be between 0 .* got -1"),
        ({"seconds": math.nan}, "seconds must be between 0 .* got nan"),
        ({"seconds": 3.0, "deadline": 3.0}, "seconds must be less than deadline"),
    ],
)
def test_bad_arguments(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _load.run(("127.0.0.1", 9), **arguments)


@pytest.mark.parametrize(
    ("address", "error", "message"),
    [
        (("localhost", 9), ValueError, "numeric IP address, got 'localhost'"),
        (("127.0.0.1", 0), ValueError, "port must be between 1 and 65535, got 0"),
        (("127.0.0.1", 65536), ValueError, "port must be between"),
        (("127.0.0.1",), TypeError, "address must be"),
        ("", ValueError, "path must have between 1 and 107 bytes, got 0"),
        ("x" * 108, ValueError, "path must have between 1 and 107 bytes, got 108"),
        (7, TypeError, "str, bytes or os.PathLike"),
    ],
)
def test_bad_address(address: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        _load.run(address, messages=1)
