"""The closed loop with several messages in flight, lines, and the open loop."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from uvnet.bench import _load, histogram, load

Address = tuple[str, int] | str
Reply = Callable[[int, bytes], bytes | None]
Serve = Callable[..., Address]


def spoil(at: int) -> Reply:
    """Echo, but with the byte at offset `at` changed."""

    def reply(offset: int, data: bytes) -> bytes:
        if not offset <= at < offset + len(data):
            return data
        cut = at - offset
        return data[:cut] + bytes([data[cut] ^ 1]) + data[cut + 1 :]

    return reply


# ------------------------------------------------------------------------- in flight


@pytest.mark.parametrize("unix", [False, True])
@pytest.mark.parametrize(("size", "depth"), [(1, 16), (64, 64), (1000, 3), (100_000, 8)])
def test_depth(serve: Serve, unix: bool, size: int, depth: int) -> None:
    result = _load.run(
        serve(unix=unix), connections=3, size=size, depth=depth, messages=500, warmup=20
    )
    assert result["messages"] == 500 and result["messages_total"] == 520
    assert result["bytes"] == 500 * size
    assert sum(count for _, count in result["histogram"]) == 500
    assert result["rate_offered"] == 0


def test_depth_messages_are_in_flight_together(serve: Serve) -> None:
    """A server that answers nothing before it has eight messages."""
    held: list[bytes] = []

    def reply(offset: int, data: bytes) -> bytes:
        held.append(data)
        return b"" if sum(map(len, held)) < 8 * 100 else b"".join(held) if not offset else data

    with pytest.raises(_load.LoadError, match="7 replies outstanding"):
        _load.run(serve(reply), connections=1, size=100, depth=7, messages=8, deadline=0.2)
    held.clear()

    def whole(offset: int, data: bytes) -> bytes:
        held.append(data)
        if sum(map(len, held)) % 800:
            return b""
        answer = b"".join(held)
        held.clear()
        return answer

    assert _load.run(serve(whole), connections=1, size=100, depth=8, messages=8)["messages"] == 8


def test_depth_is_sent_in_one_call_and_no_more(serve: Serve) -> None:
    seen: list[int] = []

    def reply(offset: int, data: bytes) -> bytes:
        seen.append(len(data))
        return data

    _load.run(serve(reply), connections=1, size=10, depth=16, messages=160)
    assert seen[0] == 160 and sum(seen) == 1600


@pytest.mark.parametrize("at", [0, 63, 64, 1000, 5000])
def test_wrong_byte_among_many_in_flight(serve: Serve, at: int) -> None:
    with pytest.raises(_load.LoadError, match=f"byte {at} of the stream came back") as caught:
        _load.run(serve(spoil(at)), connections=2, size=64, depth=16, messages=1000)
    assert caught.value.kind == "corrupt"


def test_surplus_among_many_in_flight(serve: Serve) -> None:
    def reply(offset: int, data: bytes) -> bytes:
        return data + b"\0" if offset + len(data) == 6400 else data

    with pytest.raises(_load.LoadError) as caught:
        _load.run(serve(reply), connections=1, size=64, depth=10, messages=100)
    assert caught.value.kind == "surplus"


def test_depth_over_a_slow_server_of_long_messages(serve: Serve) -> None:
    """More is in flight than the sockets hold."""

    def reply(offset: int, data: bytes) -> bytes:
        time.sleep(0.0005)
        return data

    result = _load.run(serve(reply), connections=2, size=1_000_000, depth=8, messages=20)
    assert result["bytes"] == 20_000_000


# ----------------------------------------------------------------------------- lines


@pytest.mark.parametrize(("size", "depth"), [(1, 1), (2, 5), (64, 1), (64, 16), (70_000, 2)])
def test_lines(serve: Serve, size: int, depth: int) -> None:
    received: list[bytes] = []

    def reply(offset: int, data: bytes) -> bytes:
        received.append(data)
        return data

    result = _load.run(
        serve(reply), connections=1, size=size, depth=depth, lines=True, messages=200
    )
    assert result["messages"] == 200
    lines = b"".join(received).split(b"\n")
    assert len(lines) == 201 and lines.pop() == b""
    assert {len(line) for line in lines} == {size - 1}
    if size > 8:
        assert len(set(lines)) >= 7
        assert all(line != following for line, following in zip(lines, lines[1:], strict=False))


def test_lines_are_checked(serve: Serve) -> None:
    with pytest.raises(_load.LoadError, match="byte 6399 of the stream came back as 0x0b, .* 0x0a"):
        _load.run(serve(spoil(6399)), connections=2, size=64, lines=True, messages=1000)


# ------------------------------------------------------------------------- open loop


def test_rate(serve: Serve) -> None:
    result = _load.run(serve(), connections=4, size=100, rate=1000.0, seconds=0.4, warmup=50)
    assert result["messages"] == 400 and result["messages_total"] == 450
    assert result["rate_offered"] == 1000
    # It cannot be quicker than its schedule, and is only slower if the machine is.
    assert result["seconds"] >= 0.4


def test_rate_and_messages(serve: Serve) -> None:
    result = _load.run(serve(), connections=3, size=10, rate=5000.0, messages=301)
    assert result["messages"] == 301
    assert result["seconds"] >= 301 / 5000 - 1e-6
    assert _load.run(serve(), rate=100.0, messages=100, seconds=0.05)["messages"] == 5


def test_rate_beyond_what_the_server_can(serve: Serve) -> None:
    """The messages that were due are all sent, and their waiting counts."""

    def reply(offset: int, data: bytes) -> bytes:
        time.sleep(0.002)
        return data

    result = _load.run(serve(reply), connections=1, size=10, rate=2000.0, seconds=0.1)
    assert result["messages"] == 200
    assert result["seconds"] >= 0.4  # 200 x 2 ms
    assert result["messages"] / result["seconds"] < result["rate_offered"] / 2
    assert result["latency"]["max"] >= 290_000  # the last was due at 100 ms


def test_rate_leaves_depth_in_flight(serve: Serve) -> None:
    """One at a time without a depth; with one, those that are due leave together."""
    longest: list[int] = []

    def reply(offset: int, data: bytes) -> bytes:
        longest.append(len(data))
        time.sleep(0.01)
        return data

    _load.run(serve(reply), connections=1, size=10, rate=10_000.0, messages=20)
    assert max(longest) == 10
    _load.run(serve(reply), connections=1, size=10, rate=10_000.0, messages=200, depth=8)
    assert max(longest) == 80


STALL = 0.1  # seconds


def stalling() -> tuple[Reply, list[float]]:
    """Echo, but with one stall in the middle; and when that was."""
    stalls: list[float] = []

    def reply(offset: int, data: bytes) -> bytes:
        if offset >= 1000 and not stalls:
            stalls.append(time.monotonic())
            time.sleep(STALL)
        return data

    return reply, stalls


def over(result: Any, microseconds: float) -> int:
    """How many messages took longer."""
    return sum(count for bound, count in result["histogram"] if bound / 1000 >= microseconds)


def test_no_coordinated_omission(serve: Serve) -> None:
    """A stall of 100 ms is charged to every message that was due meanwhile.

    In the closed loop the client waits with the server, and one message alone is late.
    """
    reply, stalls = stalling()
    result = _load.run(serve(reply), connections=1, size=10, rate=1000.0, seconds=0.5)
    assert len(stalls) == 1 and result["messages"] == 500
    # Of the 100 that were due in the stall, those of its first half waited for half of it or more.
    assert over(result, 1e6 * STALL / 2) >= 40
    assert histogram.percentile(result["histogram"], 93) >= 1e6 * STALL / 2
    assert result["latency"]["max"] >= 1e6 * STALL

    # A pause before every answer keeps the closed loop to a like number of messages.
    reply, stalls = stalling()

    def paced(offset: int, data: bytes) -> bytes | None:
        time.sleep(0.0005)
        return reply(offset, data)

    result = _load.run(serve(paced), connections=1, size=10, messages=500)
    assert len(stalls) == 1
    assert result["latency"]["max"] >= 1e6 * STALL
    assert over(result, 1e6 * STALL) == 1


def test_a_stall_at_the_end_counts_too(serve: Serve) -> None:
    """What is due before the end is awaited after it, and measured."""

    def reply(offset: int, data: bytes) -> bytes:
        if offset == 900:
            time.sleep(0.3)
        return data

    result = _load.run(serve(reply), connections=1, size=10, rate=1000.0, seconds=0.1)
    assert result["messages"] == 100
    assert over(result, 250_000) >= 9


def test_open_loop_over_datagrams() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))

        def serve() -> None:
            ended = 0
            while ended < 2:
                data, sender = server.recvfrom(2000)
                ended += not data
                if data:
                    server.sendto(data, sender)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        result = _load.run(
            server.getsockname(), datagrams=True, connections=2, depth=3, rate=2000, messages=200
        )
        thread.join(30)
    assert result["messages"] == 200


def test_closed_while_nothing_is_due(serve: Serve) -> None:
    """In the open loop a connection rests between messages, and must stay open."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def once() -> None:
            client, _ = listener.accept()
            with client, contextlib.suppress(OSError):
                client.sendall(client.recv(100))

        thread = threading.Thread(target=once)
        thread.start()
        with pytest.raises(_load.LoadError, match="closed by the server before message 1") as error:
            _load.run(listener.getsockname(), connections=1, size=10, rate=5.0, messages=3)
        thread.join()
    assert error.value.kind == "closed"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kind": "ping"}, "kind must be 'echo', .* got 'ping'"),
        ({"depth": 0}, "depth must be between 1 and 4096, got 0"),
        ({"depth": 4097}, "depth must be between 1 and 4096, got 4097"),
        ({"rate": -1.0}, "rate must be between 0 and 100000000, got -1.0"),
        ({"rate": float("inf")}, "rate must be between .* got inf"),
        ({"lines": True, "size": 1 << 21}, "size must be between 1 and 1048576"),
        ({"kind": "churn", "depth": 2}, "depth cannot be given for kind 'churn'"),
        ({"kind": "sink", "rate": 5.0}, "rate cannot be given for kind 'sink'"),
        ({"kind": "http", "lines": True}, "lines cannot be given for kind 'http'"),
        ({"kind": "storm", "datagrams": True}, "datagrams cannot be given for kind 'storm'"),
        ({"kind": "sink", "warmup": 5}, "warmup cannot be given for kind 'sink'"),
        ({"datagrams": True, "tls": True}, "datagrams and tls exclude each other"),
    ],
)
def test_bad_options(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _load.run(("127.0.0.1", 9), messages=1, **arguments)


def test_the_command_line_has_all_options(serve: Serve) -> None:
    host, port = serve()
    arguments = "--kind echo --depth 4 --rate 2000 --lines --messages 50 --warmup 5 --size 64"
    done = subprocess.run(
        [sys.executable, "-m", "uvnet.bench.load", f"{host}:{port}", *arguments.split()],
        capture_output=True,
        text=True,
    )
    result = json.loads(done.stdout)
    assert (result["messages"], result["messages_total"], result["rate_offered"]) == (50, 55, 2000)


def test_a_request_has_all_options(serve: Serve) -> None:
    request = {"carrier": "stream", "kind": "echo", "connections": 2, "size": 64, "depth": 4}
    request |= {"rate": 0.0, "lines": True, "messages": 50, "seconds": 0.0, "warmup": 5}
    result = load.answer({"address": list(serve()), "deadline": 30.0, **request})
    assert result["messages"] == 50
    failed = load.answer({"address": list(serve(spoil(100))), "deadline": 30.0, **request})
    assert failed["kind"] == "corrupt" and "byte 100 of the stream" in failed["error"]
