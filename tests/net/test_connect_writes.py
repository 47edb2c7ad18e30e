"""What is written, paused, resumed and kept before the connection is there."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from uvnet import net

from .helpers import Peer, client_of, later, port_of, receive_to_end, run, serve


def test_writes_wait_for_the_connection(must_call: Callable[..., Any]) -> None:
    peer = Peer(receive_to_end)
    client = net.Socket(high_water_mark=0)
    client.connect(peer.port, "127.0.0.1")
    assert client.pending
    assert client.ready_state == "opening"
    assert client.bytes_written == 0
    seen: list[Any] = []
    assert client.write("L'État, c'est ", must_call(lambda error: seen.append("first"))) is False
    assert client.bytes_written == len("L'État, c'est ".encode())
    assert client.write("moi") is False
    assert client.bytes_written == len("L'État, c'est moi".encode())
    client.on("connect", lambda: seen.append((client.pending, client.ready_state)))
    client.end(must_call(lambda error: seen.append("ended"))).resume()
    run()
    assert peer.result() == "L'État, c'est moi".encode()
    assert seen == ["first", (False, "read_only"), "ended"]
    assert client.pending
    assert client.bytes_written == len("L'État, c'est moi".encode())


def test_write_before_and_in_connect(must_call: Callable[..., Any]) -> None:
    peer = Peer(receive_to_end)
    client = net.connect(peer.port, "127.0.0.1")
    client.write(b"before ")
    client.on("connect", must_call(lambda: client.end(b"in connect")))
    client.resume()
    run()
    assert peer.result() == b"before in connect"


@pytest.mark.parametrize(
    ("calls", "flows"),
    [
        (["pause"], False),
        (["pause", "resume"], True),
        (["resume"], True),
        (["resume", "pause"], False),
        (["pause", "resume", "pause"], False),
        (["resume", "pause", "resume"], True),
    ],
)
@pytest.mark.parametrize("listening", [False, True])
def test_the_last_call_decides_whether_data_flows(
    calls: list[str], flows: bool, listening: bool
) -> None:
    server = serve(lambda peer: peer.end(b"hello"))
    client = client_of(server)
    received: list[bytes] = []
    if listening:
        client.on("data", received.append)
    for call in calls:
        assert getattr(client, call)() is client

    def look() -> None:
        assert not received
        assert not client.closed
        client.resume()

    if not flows:
        later(40, look)
    client.on("close", lambda had_error: server.close())
    run()
    assert client.bytes_read == 5
    assert received == ([b"hello"] if listening else [])


def test_the_callback_can_be_collected(must_call: Callable[..., Any]) -> None:
    server = serve(lambda peer: peer.resume())
    collected: list[str] = []

    class Callback:
        def __call__(self) -> None:
            pass

    callback = Callback()
    weakref.finalize(callback, collected.append, "collected")
    client = client_of(server, callback)
    del callback

    def check() -> None:
        gc.collect()
        assert collected == ["collected"]
        client.end()
        server.close()

    client.on("ready", lambda: later(5, check))
    client.resume()
    run()


def test_a_peer_process_that_is_killed(must_call: Callable[..., Any]) -> None:
    """Its kernel resets the connection for it, or ends it."""
    program = (
        "import socket, sys\n"
        "sock = socket.create_connection(('127.0.0.1', int(sys.argv[1])))\n"
        "sock.recv(5, socket.MSG_PEEK)\n"
        "print('connected', flush=True)\n"
        "sys.stdin.read()\n"
    )
    outcomes: list[Any] = []

    def accepted(peer: net.Socket) -> None:
        peer.on("error", lambda error: outcomes.append(error.code))
        peer.on("close", must_call(lambda had_error: (outcomes.append("close"), server.close())))
        peer.write(b"x" * 1000)
        peer.resume()
        assert process.stdout is not None
        process.stdout.readline()
        process.kill()

    server = serve(accepted)
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(port_of(server))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process:
        run()
    assert outcomes in (["ECONNRESET", "close"], ["close"])
