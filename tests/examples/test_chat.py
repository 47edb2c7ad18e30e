"""examples/chat.py"""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from .programs import Example, receive_to_end, vanish


class Member:
    """A client of the room, with a name."""

    def __init__(self, room: Example, name: str) -> None:
        self.socket = room.connect()
        self.file = self.socket.makefile("r", encoding="utf8", newline="\n")
        assert self.hears() == "* your name?"
        self.says(name)

    def says(self, line: str) -> None:
        self.socket.sendall(line.encode() + b"\n")

    def hears(self) -> str:
        return self.file.readline().rstrip("\n")

    def leaves(self) -> None:
        self.file.close()
        self.socket.close()


@pytest.fixture
def room(serve: Callable[..., Example]) -> Example:
    return serve("chat.py")


def test_what_one_says_the_others_hear(room: Example) -> None:
    ann = Member(room, "Ann")
    assert ann.hears() == "* here are: only you"
    bob = Member(room, "Bob")
    assert bob.hears() == "* here are: Ann"
    cleo = Member(room, "Cleo")
    assert cleo.hears() == "* here are: Ann, Bob"
    assert (ann.hears(), ann.hears()) == ("* Bob has joined", "* Cleo has joined")
    assert bob.hears() == "* Cleo has joined"
    ann.says("grüß\x07 euch")  # without the bell
    bob.says("hello")
    assert {cleo.hears(), cleo.hears()} == {"Ann: grüß euch", "Bob: hello"}
    assert ann.hears() == "Bob: hello"
    assert bob.hears() == "Ann: grüß euch"
    ann.leaves()
    assert bob.hears() == cleo.hears() == "* Ann has left"
    vanish(bob.socket)
    bob.file.close()
    assert cleo.hears() == "* Bob has left"
    cleo.leaves()
    room.stop()


def test_a_name_has_one_owner(room: Example) -> None:
    ann = Member(room, "Ann")
    ann.hears()
    other = Member(room, " Ann ")
    for name in ("", "x" * 21, "Bob"):
        assert "another name?" in other.hears()
        other.says(name)
    assert other.hears() == "* here are: Ann"
    assert ann.hears() == "* Bob has joined"
    other.leaves()
    ann.leaves()
    room.stop()


def test_a_line_that_does_not_end_ends_the_connection(room: Example) -> None:
    with room.connect() as client:
        client.sendall(b"x" * 1001)
        assert receive_to_end(client) == b"* your name?\n"
    room.stop()


def test_who_does_not_read_is_dropped(room: Example) -> None:
    """Long before the memory is full; the others stay."""
    ann = Member(room, "Ann")
    ann.hears()
    stuck = Member(room, "Stuck")
    stuck.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    assert ann.hears() == "* Stuck has joined"
    block = (b"x" * 999 + b"\n") * 500
    for _ in range(24):  # 12 MB, more than the kernel and the room hold for one
        ann.socket.sendall(block)
    assert ann.hears() == "* Stuck has left"
    assert len(receive_to_end(stuck.socket)) < 24 * len(block)
    stuck.leaves()
    ann.leaves()
    room.stop()
