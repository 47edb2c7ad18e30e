"""Text: written in an encoding, and read in one."""

from __future__ import annotations

import base64
import contextlib
from typing import Any

import pytest

import uvnet
from uvnet import net
from uvnet.errors import ERR_UNKNOWN_ENCODING

from .ends import KINDS, SIDES, end, pair, receive, turn, until

TEXT = "naïve € 𝄞 text"
WRITTEN = [
    ("utf8", TEXT, TEXT.encode()),
    ("utf-8", TEXT, TEXT.encode()),
    ("UTF8", TEXT, TEXT.encode()),
    ("latin1", "naïve", "naïve".encode("latin1")),
    ("binary", "\xff\x00", b"\xff\x00"),
    ("ascii", "plain", b"plain"),
    ("utf16le", TEXT, TEXT.encode("utf-16-le")),
    ("ucs2", "ab", b"a\0b\0"),
    ("hex", "00ff10", b"\x00\xff\x10"),
    ("base64", "aGVsbG8=", b"hello"),
    ("base64url", "_-8", b"\xff\xef"),
]


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize(("encoding", "text", "data"), WRITTEN)
def test_written(encoding: str, text: str, data: bytes, side: str) -> None:
    ours, peer = pair("tcp", side)
    assert ours.write(text, encoding) is True
    assert ours.bytes_written == len(data)
    ours.cork()
    ours.write(text, encoding)
    ours.write(b"|")
    ours.write(text, encoding, lambda error: None)
    assert ours.bytes_written == 3 * len(data) + 1
    ours.uncork()
    assert receive(peer, 3 * len(data) + 1) == data + data + b"|" + data
    ours.end(text, encoding)
    until(lambda: ours.writable_finished)
    assert receive(peer, len(data)) == data
    assert peer.recv(1) == b""
    end(ours, peer)


@pytest.mark.parametrize("encoding", ["utf8", "utf16le", "hex"])
def test_written_where_it_waits(encoding: str) -> None:
    text = "ab" * 15_000_000
    ours, peer = pair()
    assert ours.write(text, encoding) is False
    size = {"utf8": 30_000_000, "utf16le": 60_000_000, "hex": 15_000_000}[encoding]
    assert ours.bytes_written == size
    ours.end()
    seen = bytearray()
    peer.setblocking(False)

    def read() -> bool:
        with contextlib.suppress(BlockingIOError):
            seen.extend(peer.recv(1 << 20))
        return len(seen) == size

    until(read)
    expected = bytes.fromhex(text) if encoding == "hex" else text.encode(
        "utf-16-le" if encoding == "utf16le" else "utf8"
    )  # fmt: skip
    assert seen == expected
    end(ours, peer)


def test_lone_surrogates_become_replacement_characters() -> None:
    ours, peer = pair()
    ours.write("a\ud800b")
    assert receive(peer, 5) == b"a\xef\xbf\xbdb"
    end(ours, peer)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("encoding", ["utf8", "utf16le"])
def test_characters_that_are_split_are_kept_together(encoding: str, kind: str, side: str) -> None:
    ours, peer = pair(kind, side)
    seen: list[str] = []
    assert ours.set_encoding(encoding) is ours
    assert ours.readable_encoding == encoding
    ours.on("data", seen.append)
    data = TEXT.encode("utf-16-le" if encoding == "utf16le" else "utf8")
    for byte in data:
        peer.sendall(bytes([byte]))
        turn(2)
    until(lambda: "".join(seen) == TEXT)
    assert all(isinstance(part, str) and part for part in seen)
    end(ours, peer)


def test_an_incomplete_character_at_the_end() -> None:
    ours, peer = pair()
    seen: list[str] = []
    ours.set_encoding("utf8")
    ours.on("data", seen.append)
    peer.sendall("€".encode()[:2])
    peer.shutdown(1)
    uvnet.run()
    assert "".join(seen) == "\ufffd"
    peer.close()


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("hex", "68656c6c6f"),
        ("base64", base64.b64encode(b"hello").decode()),
        ("base64url", "aGVsbG8"),
        ("latin1", "hello"),
        ("ascii", "hello"),
    ],
)
def test_read(encoding: str, expected: str) -> None:
    ours, peer = pair()
    seen: list[Any] = []
    ours.set_encoding(encoding)
    ours.on("data", seen.append)
    for byte in b"hello":
        peer.sendall(bytes([byte]))
        turn(2)
    peer.shutdown(1)
    uvnet.run()
    assert "".join(seen) == expected
    peer.close()


def test_set_in_mid_stream() -> None:
    ours, peer = pair()
    seen: list[Any] = []
    ours.on("data", seen.append)
    peer.sendall(b"bytes")
    until(lambda: seen)
    ours.set_encoding("latin1")
    peer.sendall(b"text")
    until(lambda: len(seen) == 2)
    assert seen == [b"bytes", "text"]
    end(ours, peer)


def test_what_is_buffered_is_decoded_too() -> None:
    ours, peer = pair()
    peer.sendall("€".encode())
    until(lambda: ours.readable_length == 3)
    ours.set_encoding("utf8")
    assert ours.readable_length == 1
    assert ours.read() == "€"
    end(ours, peer)


def test_text_can_be_piped() -> None:
    first, first_peer = pair()
    second, second_peer = pair()
    first.set_encoding("utf8")
    first.pipe(second)
    first_peer.sendall(TEXT.encode())
    until(lambda: second.bytes_written == len(TEXT.encode()))
    assert receive(second_peer, len(TEXT.encode())) == TEXT.encode()
    first.destroy()
    end(second, second_peer)
    first_peer.close()


@pytest.mark.parametrize("name", ["utf7", "", "rot13"])
def test_unknown_names(name: str) -> None:
    socket = net.Socket()
    with pytest.raises(ERR_UNKNOWN_ENCODING):
        socket.set_encoding(name)
    assert socket.readable_encoding is None
    socket.destroy()
    uvnet.run()
