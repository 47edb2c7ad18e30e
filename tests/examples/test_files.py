"""examples/file_sender.py and examples/file_receiver.py"""

from __future__ import annotations

import os
import random
import socket
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from .programs import Example, receive, vanish

Serve = Callable[..., Example]
Run = Callable[..., Example]


@pytest.mark.parametrize("size", [0, 1, 20_000_000])
def test_what_arrives_is_what_was_sent(serve: Serve, run: Run, tmp_path: Path, size: int) -> None:
    source, copy = tmp_path / "source.bin", tmp_path / "copy.bin"
    source.write_bytes(random.Random(size).randbytes(size))
    receiver = serve("file_receiver.py", copy)
    sender = run("file_sender.py", source, "--port", receiver.port)
    assert sender.ends() == f"{source}: received\n"
    assert receiver.ends().endswith(f"{copy}: {size} bytes\n")
    assert copy.read_bytes() == source.read_bytes()
    assert sorted(os.listdir(tmp_path)) == ["copy.bin", "source.bin"]


@pytest.mark.parametrize("end", [socket.socket.close, vanish], ids=["ends", "vanishes"])
def test_half_a_file_is_none(
    serve: Serve, tmp_path: Path, end: Callable[[socket.socket], None]
) -> None:
    receiver = serve("file_receiver.py", tmp_path / "copy.bin")
    sender = receiver.connect()
    sender.sendall(struct.pack("!Q", 1000) + bytes(999))
    receiver.wait_until_it_has("copy.bin.part", tmp_path)
    end(sender)
    complaint = "999 bytes of 1000" if end is not vanish else "read ECONNRESET"
    receiver.ends(1, f"not received: {complaint}\n")
    assert os.listdir(tmp_path) == []


def test_more_than_a_file_is_none(serve: Serve, tmp_path: Path) -> None:
    receiver = serve("file_receiver.py", tmp_path / "copy.bin")
    with receiver.connect() as sender:
        sender.sendall(struct.pack("!Q", 1000) + bytes(1001))
        receiver.ends(1, "not received: 1001 bytes of 1000\n")
    assert os.listdir(tmp_path) == []


def test_the_sender_is_told(run: Run, tmp_path: Path) -> None:
    source = tmp_path / "source.bin"
    source.write_bytes(bytes(1000))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        sender = run("file_sender.py", source, "--port", port)
        receiver, _ = listener.accept()
        with receiver:
            assert receive(receiver, 1008) == struct.pack("!Q", 1000) + bytes(1000)
            assert receiver.recv(1) == b""  # it waits for the answer
            receiver.sendall(bytes(32))
        assert sender.ends(1) == f"{source}: received with errors\n"
        sender = run("file_sender.py", source, "--port", port)
        receiver, _ = listener.accept()
        receive(receiver, 1008)
        receiver.close()
        sender.ends(1, "not sent: 0 bytes read on a total of 32 expected bytes\n")
    sender = run("file_sender.py", source, "--port", port)
    sender.ends(1, f"not sent: connect ECONNREFUSED 127.0.0.1:{port}\n")


def test_interrupted(serve: Serve, tmp_path: Path) -> None:
    receiver = serve("file_receiver.py", tmp_path / "copy.bin")
    with receiver.connect() as sender:
        sender.sendall(struct.pack("!Q", 1000) + bytes(999))
        receiver.wait_until_it_has("copy.bin.part", tmp_path)
        receiver.stop(code=130)
    assert os.listdir(tmp_path) == []
