"""examples/node_client and examples/node_server, with real Node"""

from __future__ import annotations

import json
import signal
import socket
from collections.abc import Callable

import pytest

from uvnet.bench import node

from .programs import EXAMPLES, Example, receive, receive_to_end, vanish

OLDEST = 20  # the oldest Node that has what the examples use

Start = Callable[..., Example]


@pytest.fixture(scope="module")
def program() -> str:
    """The path of a Node that is new enough; without one the test is skipped."""
    try:
        found = node.find()
    except ImportError as error:
        pytest.skip(str(error))
    version = node.version()
    if version is None or int(version.partition(".")[0]) < OLDEST:
        pytest.skip(f"{found} is Node {version}; needed is {OLDEST}")
    return found


def test_node_asks(serve: Start, start: Start, program: str) -> None:
    server = serve("node_client/server.py")
    clients = [
        start(program, EXAMPLES / "node_client/client.js", f"--port={server.port}", n, 2, 0.5)
        for n in range(4)
    ]
    assert [client.ends() for client in clients] == [f"{n + 2.5}\n" for n in range(4)]
    server.stop()


def test_python_asks(run: Start, start: Start, program: str) -> None:
    server = start(program, EXAMPLES / "node_server/server.js", "--port=0").listening()
    clients = [
        run("node_server/client.py", f"w{n}", "grüße", "--port", server.port) for n in range(3)
    ]
    assert [client.ends() for client in clients] == [f"W{n}\nGRÜSSE\n" for n in range(3)]
    server.stop()


def test_the_server_alone(serve: Start) -> None:
    """Many questions at once, such as are none, and a client that vanishes."""
    server = serve("node_client/server.py")
    with server.connect() as client:
        client.sendall(b'[1, 2]\n[]\nnonsense\n3\n[1, "x"]\n[0.5]\n[1')
        client.shutdown(socket.SHUT_WR)
        answers = [json.loads(line) for line in receive_to_end(client).splitlines()]
    error = {"error": "not a list of numbers"}
    assert answers == [{"sum": 3}, {"sum": 0}, error, error, error, {"sum": 0.5}]
    client = server.connect()
    client.sendall(b"[1]\n[")
    assert receive(client, 11) == b'{"sum": 1}\n'
    vanish(client)
    with server.connect() as other:
        other.sendall(b"[4]\n")
        assert receive(other, 11) == b'{"sum": 4}\n'
        server.stop()


def test_nobody_answers(run: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    client = run("node_server/client.py", "word", "--port", port)
    client.ends(1, f"connect ECONNREFUSED 127.0.0.1:{port}\n")


def test_interrupted(run: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = run("node_server/client.py", "word", "--port", listener.getsockname()[1])
        server, _ = listener.accept()
        with server:
            assert receive_to_end(server) == b"word\n"
            client.stop(signal.SIGINT, code=130)
