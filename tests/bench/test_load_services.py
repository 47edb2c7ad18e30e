"""The kinds of load that are no echo on a kept connection: bulk, churn, storm and HTTP."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from uvnet.bench import _load, aio

Address = tuple[str, int] | str
Handle = Callable[[socket.socket, int], None]
Start = Callable[..., Address]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """A function that serves each connection with handle(socket, its number) in a thread."""
    with contextlib.ExitStack() as stack:

        def start(handle: Handle, unix: bool = False, tls: bool = False) -> Address:
            context = aio.server_context() if tls else None
            listener = stack.enter_context(socket.socket(socket.AF_UNIX if unix else 2))
            listener.bind(str(tmp_path / "load.sock") if unix else ("127.0.0.1", 0))
            listener.listen(4 if unix else 128)
            threads: list[threading.Thread] = []

            def serve(client: socket.socket, number: int) -> None:
                with client, contextlib.suppress(OSError):
                    if context is not None:
                        client = context.wrap_socket(client, server_side=True)
                    with client:
                        handle(client, number)

            def accept() -> None:
                with contextlib.suppress(OSError):
                    while True:
                        client, _ = listener.accept()
                        threads.append(threading.Thread(target=serve, args=(client, len(threads))))
                        threads[-1].start()

            accepting = threading.Thread(target=accept)
            accepting.start()

            def stop() -> None:
                listener.shutdown(socket.SHUT_RDWR)
                accepting.join()
                for each in threads:
                    each.join()

            stack.callback(stop)
            return listener.getsockname()  # type: ignore[no-any-return]

        yield start


def exactly(client: socket.socket, count: int) -> bytes | None:
    """Receive so many bytes, or None at the end."""
    data = b""
    while len(data) < count:
        more = client.recv(count - len(data))
        if not more:
            return None
        data += more
    return data


def fails(fault: str, match: str, address: Address, **arguments: object) -> _load.LoadError:
    with pytest.raises(_load.LoadError, match=match) as caught:
        _load.run(address, **{"deadline": 5.0, "connections": 2, **arguments})  # type: ignore[arg-type]
    assert caught.value.kind == fault
    return caught.value


# ------------------------------------------------------------------------------ sink


def sink(
    add: int = 0, answer: Callable[[bytes], bytes] = lambda count: count, after: int = 1 << 62
) -> Handle:
    """Count, and answer with the count; with a fault if one is asked for."""

    def handle(client: socket.socket, number: int) -> None:
        count = 0
        while count < after and (data := client.recv(1 << 18)):
            count += len(data)
        if number == 1 or add or after < 1 << 62:
            client.sendall(answer((count + add).to_bytes(8, "big")))
        else:
            client.sendall(count.to_bytes(8, "big"))

    return handle


@pytest.mark.parametrize("unix", [False, True])
@pytest.mark.parametrize("size", [1000, 65536, 3_000_000])
def test_sink(start: Start, unix: bool, size: int) -> None:
    result = _load.run(start(sink(), unix), kind="sink", connections=3, size=size, seconds=0.1)
    assert result["seconds"] >= 0.1
    assert result["bytes"] > 0 and result["messages"] == result["bytes"] // size
    assert result["histogram"] == [] and result["latency"]["max"] == 0


def test_sink_of_so_many_messages(start: Start) -> None:
    received: list[int] = []

    def handle(client: socket.socket, number: int) -> None:
        count = 0
        while data := client.recv(1 << 18):
            count += len(data)
        received.append(count)
        client.sendall(count.to_bytes(8, "big"))

    result = _load.run(start(handle), kind="sink", connections=3, size=7777, messages=100)
    assert result["messages"] == result["messages_total"] == 100
    assert result["bytes"] == sum(received) == 777_700


def test_sink_sends_the_pattern(start: Start) -> None:
    """What is received is what an echo of the same connection sends."""
    seen: list[bytes] = []

    def handle(client: socket.socket, number: int) -> None:
        data = b""
        while more := client.recv(1 << 18):
            data += more
        seen.append(data)
        client.sendall(len(data).to_bytes(8, "big"))

    _load.run(start(handle), kind="sink", connections=1, size=1000, messages=200)
    [data] = seen
    assert len(data) == 200_000 and data[:65521] == data[65521:131042]
    assert all(byte != following for byte, following in zip(data, data[1:], strict=False))


def test_faults_of_a_sink(start: Start) -> None:
    short = start(sink(answer=lambda count: count[:7]))
    fails("closed", "without its count", short, kind="sink", seconds=0.05)
    long = start(sink(answer=lambda count: count + b"!"))
    fails("surplus", "1 bytes more than the count", long, kind="sink", seconds=0.05)
    wrong = start(sink(add=-1))
    fails("answer", "has received [0-9]+ bytes, sent were [0-9]+", wrong, kind="sink", seconds=0.05)
    early = start(sink(after=1))
    with pytest.raises(_load.LoadError) as caught:
        _load.run(early, kind="sink", seconds=5.0)
    assert caught.value.kind in ("answer", "closed")  # a reset may overtake the answer


def test_a_sink_that_does_not_answer(start: Start) -> None:
    def handle(client: socket.socket, number: int) -> None:
        while client.recv(1 << 18):
            pass
        ended.wait(30)

    ended = threading.Event()
    try:
        address = start(handle)
        error = fails(
            "deadline", "2 replies outstanding", address, kind="sink", seconds=0.1, deadline=0.4
        )
        assert error.messages == 0
    finally:
        ended.set()


# ---------------------------------------------------------------------------- source


RAMP = bytes(range(256)) * 16_000


def source(change: Callable[[int, bytes], bytes] = lambda number, data: data) -> Handle:
    """Send what is asked for, changed if answer `number` is to have a fault."""

    def handle(client: socket.socket, number: int) -> None:
        answers = 0
        while request := exactly(client, 8):
            client.sendall(change(answers, RAMP[: int.from_bytes(request, "big")]))
            answers += 1

    return handle


@pytest.mark.parametrize("unix", [False, True])
@pytest.mark.parametrize("size", [1, 255, 1000, 3_000_000])
def test_source(start: Start, unix: bool, size: int) -> None:
    address = start(source(), unix)
    result = _load.run(address, kind="source", connections=3, size=size, messages=20, warmup=3)
    assert result["messages"] == 20 and result["messages_total"] == 23
    assert result["bytes"] == 20 * size
    assert result["latency"]["min"] > 0


def test_source_for_some_time(start: Start) -> None:
    result = _load.run(start(source()), kind="source", connections=2, size=100_000, seconds=0.1)
    assert result["seconds"] >= 0.1 and result["messages"] > 0


@pytest.mark.parametrize(
    ("change", "kind", "match"),
    [
        (lambda n, d: d[:600] + b"\0" + d[601:], "corrupt", "0x00, must be 0x58 .byte 600 of"),
        (lambda n, d: d[1:] + d[:1], "corrupt", "as 0x01, must be 0x00"),
        (lambda n, d: d + b"\0", "surplus", "1 bytes more than were asked for"),
        (lambda n, d: d[:-1], "deadline", "8 of 8 bytes were sent and 999 of 1000 received"),
        (lambda n, d: 1 / 0, "closed", "in message 5, 0 of 1000 bytes received"),
    ],
    ids=["changed", "shifted", "long", "short", "hangs up"],
)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_faults_of_a_source(
    start: Start, change: Callable[[int, bytes], bytes], kind: str, match: str
) -> None:
    address = start(source(lambda n, data: change(n, data) if n == 5 else data))
    fails(kind, match, address, kind="source", size=1000, messages=100, connections=1, deadline=1.0)


# ------------------------------------------------------------------- churn and storm


def echo(change: Callable[[int, bytes], bytes] = lambda number, data: data) -> Handle:
    def handle(client: socket.socket, number: int) -> None:
        while data := client.recv(65536):
            client.sendall(change(number, data))

    return handle


@pytest.mark.parametrize("unix", [False, True])
def test_churn(start: Start, unix: bool) -> None:
    seen: list[int] = []

    def handle(client: socket.socket, number: int) -> None:
        data = exactly(client, 100)
        assert data is not None
        seen.append(len(data))
        client.sendall(data)
        assert client.recv(1) == b""  # on a Unix socket; TCP is reset

    result = _load.run(
        start(handle, unix), kind="churn", connections=5, size=100, messages=60, warmup=7
    )
    assert result["messages"] == 60 and result["messages_total"] == 67
    assert seen == [100] * 67
    assert result["bytes"] == 6000


def test_churn_for_some_time(start: Start) -> None:
    result = _load.run(start(echo()), kind="churn", connections=4, size=10, seconds=0.2)
    assert result["seconds"] >= 0.2
    assert 0 < result["messages"] <= result["messages_total"] <= result["messages"] + 4


def test_churn_leaves_no_port_waiting(start: Start) -> None:
    """Every cycle is reset: the server sees it, and no port is in TIME_WAIT."""
    ends: list[str] = []

    def handle(client: socket.socket, number: int) -> None:
        client.sendall(client.recv(100))
        try:
            client.recv(1)
        except ConnectionResetError:
            ends.append("reset")

    address = start(handle)
    _load.run(address, kind="churn", connections=1, size=10, messages=20)
    waiting = f":{address[1]:04X} 06"
    with open("/proc/net/tcp") as file:
        assert not [line for line in file if waiting in line]
    assert len(ends) >= 19  # the last may still be on its way


@pytest.mark.parametrize("kind", ["churn", "storm"])
def test_faults_of_many_connections(start: Start, kind: str) -> None:
    def flip(number: int, data: bytes) -> bytes:
        return data[:-1] + bytes([data[-1] ^ 1]) if number == 10 else data

    def twice(number: int, data: bytes) -> bytes:
        return data + data if number == 10 else data

    def nothing(number: int, data: bytes) -> bytes:
        return b"" if number == 10 else data

    def hang_up(client: socket.socket, number: int) -> None:
        if number < 10:
            echo()(client, number)

    fails("corrupt", "byte 15 of message", start(echo(flip)), kind=kind, size=16, messages=100)
    fails("surplus", "16 bytes more", start(echo(twice)), kind=kind, size=16, messages=100)
    slow = start(echo(nothing))
    fails("deadline", "16 of 16 bytes", slow, kind=kind, size=16, messages=100, deadline=0.5)
    gone = start(hang_up)
    fails("closed", "closed by the server in message", gone, kind=kind, size=16, messages=100)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nobody = closed.getsockname()
    fails("connect", "Connection refused", nobody, kind=kind, messages=1)


@pytest.mark.parametrize("unix", [False, True])
def test_storm(start: Start, unix: bool) -> None:
    numbers: list[int] = []

    def handle(client: socket.socket, number: int) -> None:
        numbers.append(number)
        echo()(client, number)

    result = _load.run(
        start(handle, unix), kind="storm", connections=20, size=50, messages=60, warmup=20
    )
    assert result["messages"] == 60
    assert result["messages_total"] == 80 and len(numbers) == 80


def test_storm_is_finished(start: Start) -> None:
    """The time is over in the midst of the first storm, which is measured to its end."""
    result = _load.run(start(echo()), kind="storm", connections=30, size=10, seconds=0.001)
    assert result["messages"] == result["messages_total"]
    assert result["messages"] % 30 == 0 and result["messages"] > 0


def test_storm_opens_all_before_any_is_served(start: Start) -> None:
    together = threading.Barrier(12)

    def handle(client: socket.socket, number: int) -> None:
        data = client.recv(100)
        together.wait(20)
        client.sendall(data)
        client.recv(1)

    result = _load.run(start(handle), kind="storm", connections=12, size=10, messages=36)
    assert result["messages"] == 36


# ------------------------------------------------------------------------------ HTTP


LETTERS = b"abcdefghijklmnopqrstuvwxyz" * 40_000


def page(size: int) -> bytes:
    head = b"HTTP/1.1 200 OK\r\ndate: today\r\ncontent-length: %d\r\nServer: x\r\n\r\n" % size
    return head + LETTERS[:size]


def http(answer: Callable[[int], bytes], piece: int = 1 << 20) -> Handle:
    """Answer request n of a connection with answer(n), sent in pieces."""

    def handle(client: socket.socket, number: int) -> None:
        received = b""
        count = 0
        while data := client.recv(65536):
            received += data
            while b"\r\n\r\n" in received:
                head, _, received = received.partition(b"\r\n\r\n")
                assert head == b"GET / HTTP/1.1\r\nHost: localhost"
                whole = answer(count)
                for at in range(0, len(whole), piece):
                    client.sendall(whole[at : at + piece])
                count += 1

    return handle


@pytest.mark.parametrize("size", [1, 1024, 500_000])
@pytest.mark.parametrize("depth", [1, 5])
def test_http(start: Start, size: int, depth: int) -> None:
    address = start(http(lambda n: page(size)))
    result = _load.run(
        address, kind="http", connections=3, size=size, depth=depth, messages=40, warmup=4
    )
    assert result["messages"] == 40 and result["messages_total"] == 44
    assert result["bytes"] == 40 * size


@pytest.mark.parametrize("piece", [1, 3, 50, 78])
def test_http_in_pieces(start: Start, piece: int) -> None:
    address = start(http(lambda n: page(90), piece))
    result = _load.run(address, kind="http", connections=2, size=90, depth=2, messages=30)
    assert result["messages"] == 30


def test_http_in_the_open_loop(start: Start) -> None:
    address = start(http(lambda n: page(10)), unix=True)
    result = _load.run(address, kind="http", connections=2, size=10, rate=1000.0, seconds=0.1)
    assert result["messages"] == 100


@pytest.mark.parametrize(
    ("answer", "kind", "match"),
    [
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "answer", "'HTTP/1.1 404 Not F"),
        (b"HTTP/1.1 2000 OK\r\nContent-Length: 50\r\n\r\n" + LETTERS[:50], "answer", "2000 OK"),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 50\r\n\r\n" + LETTERS[:50], "answer", "HTTP/1.0"),
        (b"\xff\x00\r\n\r\n", "answer", r"has '\?\?', wanted was 'HTTP/1.1 200'"),
        (page(49), "answer", "'content-length: 49', wanted was the size asked for"),
        (page(500), "answer", "'content-length: 500', wanted"),
        (b"HTTP/1.1 200 OK\r\nServer: x\r\n\r\n", "answer", "no Content-Length"),
        (page(50)[:-1] + b"?", "corrupt", "byte 49 of the body of answer 5 is 0x3f, must be 0x78"),
        (page(50) + b"z", "surplus", "1 bytes more than were asked for"),
        (page(50)[:-1], "deadline", "49 of 50 received"),
        (page(50)[:40], "deadline", "0 of 50 received"),
        (b"x" * 20_000, "answer", "xxx', wanted was an end of the head within 16 KiB"),
    ],
    ids=[
        "404",
        "2000",
        "HTTP/1.0",
        "no text",
        "shorter",
        "longer",
        "no length",
        "changed",
        "surplus",
        "cut in the body",
        "cut in the head",
        "no end",
    ],
)
@pytest.mark.parametrize("piece", [1000, 7])
def test_faults_of_http(start: Start, answer: bytes, kind: str, match: str, piece: int) -> None:
    address = start(http(lambda n: answer if n == 5 else page(50), piece))
    fails(kind, match, address, kind="http", size=50, messages=100, connections=1, deadline=0.3)


def test_http_closed_instead_of_kept(start: Start) -> None:
    def handle(client: socket.socket, number: int) -> None:
        client.recv(1000)
        client.sendall(page(10))

    fails("closed", "closed by the server", start(handle), kind="http", size=10, messages=100)


# --------------------------------------------------------------- other kinds over TLS


def test_kinds_over_tls(start: Start) -> None:
    pytest.importorskip("ssl")
    try:
        address = start(echo(), tls=True)
    except NotImplementedError as error:
        pytest.skip(str(error))
    for kind in ("churn", "storm"):
        result = _load.run(address, kind=kind, connections=3, size=40_000, messages=9, tls=True)  # type: ignore[arg-type]
        assert result["messages"] == 9
    result = _load.run(address, connections=2, size=1000, depth=40, messages=500, tls=True)
    assert result["messages"] == 500
    result = _load.run(address, connections=2, size=1000, rate=2000.0, messages=100, tls=True)
    assert result["messages"] == 100
    address = start(http(lambda n: page(30_000)), tls=True)
    result = _load.run(address, kind="http", size=30_000, connections=2, messages=20, tls=True)
    assert result["messages"] == 20
    address = start(source(), tls=True)
    result = _load.run(address, kind="source", size=300_000, connections=2, messages=20, tls=True)
    assert result["messages"] == 20
