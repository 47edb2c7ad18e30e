"""Real Node at the other end of the wire."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

Meet = Callable[..., tuple[dict[str, Any], dict[str, Any]]]

SIZE = 100_000_000

pytestmark = pytest.mark.parametrize("role", ["client", "server"])
over_both = pytest.mark.parametrize("transport", ["tcp", "unix"])
over_tcp = pytest.mark.parametrize("transport", ["tcp"])
either_first = pytest.mark.parametrize("first", [True, False], ids=["we-first", "node-first"])


@over_both
def test_both_send_and_receive(meet: Meet) -> None:
    ours, theirs = meet("transfer", first=True, half_open=True, size=SIZE)
    assert ours["received"] == theirs["sent"]
    assert theirs["received"] == ours["sent"] != theirs["sent"]
    for end in (ours, theirs):
        assert not end["failed"]
        assert end["bytes"] == end["bytes_read"] == end["bytes_written"] == SIZE


@over_both
@either_first
def test_one_echoes_by_a_pipe(meet: Meet, first: bool) -> None:
    reports = meet("echo", first=first, half_open=True, size=SIZE // 4)
    sender, echoer = reports if first else reports[::-1]
    assert sender["received"] == sender["sent"]
    for end in (sender, echoer):
        assert not end["failed"]
        assert end["bytes_read"] == end["bytes_written"] == SIZE // 4


@over_both
@either_first
def test_one_end_ends_first_and_still_receives(meet: Meet, first: bool) -> None:
    reports = meet("half_open", first=first, half_open=True, size=1_000_000)
    asker, answerer = reports if first else reports[::-1]
    assert asker == {"events": ["finish", "data", "end", "close"], "bytes": 1_000_000}
    assert answerer == {"events": ["data", "end", "finish", "close"], "bytes": 1}


@over_tcp
@either_first
def test_one_end_resets(meet: Meet, first: bool) -> None:
    reports = meet("reset", first=first)
    resetter, other = reports if first else reports[::-1]
    assert resetter == {"events": ["data", "close"], "error": None, "failed": False}
    assert other["events"] == ["error", "close"]
    assert other["error"] == ["ECONNRESET", "read"]
    assert other["failed"]


@over_both
def test_many_small_texts(meet: Meet) -> None:
    ours, theirs = meet("lines", first=True, half_open=True, count=10_000)
    assert ours == theirs
    assert (ours["written"], ours["right"]) == (10_000, True)


@over_both
@either_first
def test_what_is_corked_arrives_as_one(meet: Meet, first: bool) -> None:
    reports = meet("cork", first=first, count=500)
    writer, reader = reports if first else reports[::-1]
    text = "".join(f"{n}," for n in range(500)).encode()
    assert (writer["chunks"], writer["bytes_written"]) == (0, len(text))
    assert reader["received"] == hashlib.sha256(text).hexdigest()
    assert reader["chunks"] == 1


@over_both
@either_first
def test_a_silent_peer_times_out(meet: Meet, first: bool) -> None:
    reports = meet("timeout", first=first, milliseconds=500)
    impatient, silent = reports if first else reports[::-1]
    assert impatient["events"] == ["data", "timeout", "end", "close"]
    assert impatient["some"]  # each of them put the timeout off
    assert silent["events"] == ["end", "close"]
    assert not impatient["failed"] and not silent["failed"]
