"""The load over datagrams and over TLS: as strict as over streams."""

from __future__ import annotations

import contextlib
import shutil
import socket
import ssl
import sys
import threading
import types
from collections.abc import Callable, Iterator

import pytest

from uvnet.bench import _load, aio

Answer = Callable[[int, bytes], list[bytes]]
Start = Callable[..., tuple[str, int]]
needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="makes a certificate")


def echo(number: int, data: bytes) -> list[bytes]:
    return [data]


def flip(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


@pytest.fixture
def udp() -> Iterator[Start]:
    """A function that starts a server which answers datagram number n; its address."""
    with contextlib.ExitStack() as stack:

        def start(answer: Answer = echo, seen: list[bytes] | None = None) -> tuple[str, int]:
            server = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            server.bind(("127.0.0.1", 0))
            address: tuple[str, int] = server.getsockname()

            def serve() -> None:
                number = 0
                while True:
                    data, sender = server.recvfrom(70000)
                    if data == b"stop":
                        return
                    if seen is not None:
                        seen.append(data)
                    if data:
                        for part in answer(number, data):
                            server.sendto(part, sender)
                        number += 1

            thread = threading.Thread(target=serve)
            thread.start()

            def stop() -> None:
                server.sendto(b"stop", address)
                thread.join()

            stack.callback(stop)
            return address

        yield start


@pytest.mark.parametrize("size", [1, 1024, 65507])
def test_datagrams(udp: Start, size: int) -> None:
    seen: list[bytes] = []
    result = _load.run(
        udp(seen=seen), datagrams=True, connections=3, size=size, messages=50, warmup=7
    )
    assert result["messages"] == 50 and result["messages_total"] == 57
    assert result["bytes"] == 50 * size


def test_an_empty_datagram_says_that_it_is_over(udp: Start) -> None:
    seen: list[bytes] = []
    address = udp(seen=seen)
    _load.run(address, datagrams=True, connections=3, size=10, messages=20)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
        last.settimeout(30)
        last.sendto(b"?", address)
        assert last.recv(10) == b"?"
    assert [len(data) for data in seen[-4:]] == [0, 0, 0, 1]
    assert len(seen) == 24


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (lambda n, data: [flip(data)] if n == 20 else [data], "corrupt"),
        (lambda n, data: [data, data] if n == 20 else [data], "corrupt"),
        (lambda n, data: [data + b"x"] if n == 20 else [data], "surplus"),
        (lambda n, data: [] if n == 20 else [data], "deadline"),
        (lambda n, data: [data[:-1]] if n == 20 else [data], "corrupt"),
    ],
    ids=["changed", "twice", "longer", "lost", "shorter"],
)
def test_faults_of_datagrams(udp: Start, answer: Answer, kind: str) -> None:
    with pytest.raises(_load.LoadError) as caught:
        _load.run(udp(answer), datagrams=True, connections=2, messages=200, deadline=0.5)
    assert caught.value.kind == kind or (kind == "corrupt" and caught.value.kind == "surplus")


def test_nobody_receives_datagrams() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as gone:
        gone.bind(("127.0.0.1", 0))
        address = gone.getsockname()
    with pytest.raises(_load.LoadError) as caught:
        _load.run(address, datagrams=True, messages=10, deadline=5)
    assert caught.value.kind == "closed"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"size": 65508}, "size must be between 1 and 65507"),
        ({"address": "/tmp/echo.sock"}, "host, port"),
    ],
)
def test_arguments_of_datagrams(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _load.run(**{"address": ("127.0.0.1", 9), **arguments}, datagrams=True, messages=1)  # type: ignore[arg-type]


# ------------------------------------------------------------------------------ TLS


@pytest.fixture
def tls() -> Iterator[Start]:
    """A function that starts a TLS server which answers its chunk number n; its address."""
    context = aio.server_context()
    with contextlib.ExitStack() as stack:

        def start(answer: Answer = echo) -> tuple[str, int]:
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            threads: list[threading.Thread] = []

            def serve(client: ssl.SSLSocket) -> None:
                number = 0
                with client, contextlib.suppress(OSError):
                    while data := client.recv(1 << 16):
                        for part in answer(number, data):
                            client.sendall(part)
                        number += 1

            def accept() -> None:
                with contextlib.suppress(OSError):
                    while True:
                        client, _ = listener.accept()
                        secure = context.wrap_socket(client, server_side=True)
                        threads.append(threading.Thread(target=serve, args=(secure,)))
                        threads[-1].start()

            thread = threading.Thread(target=accept)
            thread.start()

            def stop() -> None:
                listener.shutdown(socket.SHUT_RDWR)
                thread.join()
                for each in threads:
                    each.join()

            stack.callback(stop)
            return listener.getsockname()  # type: ignore[no-any-return]

        yield start


@needs_openssl
@pytest.mark.parametrize("size", [1, 1024, 300_000])
def test_tls(tls: Start, size: int) -> None:
    result = _load.run(tls(), tls=True, connections=3, size=size, messages=30, warmup=5)
    assert result["messages"] == 30 and result["messages_total"] == 35
    assert result["bytes"] == 30 * size
    latency = [result["latency"][key] for key in ("min", "p50", "p90", "p99", "p99_9", "max")]
    assert latency == sorted(latency) and latency[0] > 0


@needs_openssl
def test_tls_for_some_time(tls: Start) -> None:
    result = _load.run(tls(), tls=True, connections=2, seconds=0.2)
    assert result["seconds"] >= 0.2 and result["messages"] > 0


@needs_openssl
@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (lambda n, data: [flip(data)] if n == 20 else [data], "corrupt"),
        (lambda n, data: [data + data] if n == 20 else [data], "surplus"),
        (lambda n, data: [] if n == 20 else [data], "deadline"),
        (lambda n, data: 1 / 0 if n == 20 else [data], "closed"),
    ],
    ids=["changed", "twice", "lost", "hangs up"],
)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_faults_of_tls(tls: Start, answer: Answer, kind: str) -> None:
    with pytest.raises(_load.LoadError) as caught:
        _load.run(tls(answer), tls=True, connections=1, messages=200, deadline=1.0)
    assert caught.value.kind == kind


@needs_openssl
def test_tls_arguments(tls: Start) -> None:
    with pytest.raises(ValueError, match="messages or seconds"):
        _load.run(tls(), tls=True)
    with pytest.raises(_load.LoadError) as caught:
        _load.run(("127.0.0.1", 1), tls=True, messages=1)
    assert caught.value.kind == "connect"


def test_a_server_without_tls() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def greet() -> None:
            client, _ = listener.accept()
            with client:
                client.sendall(b"220 hello\r\n")
                client.recv(1000)

        thread = threading.Thread(target=greet)
        thread.start()
        with pytest.raises(_load.LoadError, match="TLS handshake: error:.*SSL") as caught:
            _load.run(listener.getsockname(), tls=True, connections=1, messages=1)
        thread.join()
    assert caught.value.kind == "connect"


@pytest.mark.skipif(not hasattr(ssl._ssl, "__file__"), reason="OpenSSL is in the interpreter")  # type: ignore[attr-defined]
@pytest.mark.parametrize("file", [None, _load.__file__, "/nowhere/_ssl.so"])
def test_openssl_that_cannot_be_found(file: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where Python has it linked in statically, without its names."""
    module = types.ModuleType("_ssl")
    if file is not None:
        module.__file__ = file
    monkeypatch.setitem(sys.modules, "_ssl", module)
    where = "the interpreter" if file is None else file
    with pytest.raises(_load.LoadError, match=f"cannot be found through {where}") as caught:
        _load.run(("127.0.0.1", 1), tls=True, messages=1)
    assert caught.value.kind == "system"
