"""What net publishes; the order among the events is compared with Node's in tests/conformance."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import uvnet
from uvnet import _core, diagnostics, net
from uvnet.errors import ERR_MISSING_ARGS, ERR_SERVER_ALREADY_LISTEN, ERR_SOCKET_BAD_PORT

LISTEN = "tracing:net.server.listen:"


class Heard:
    """Everything that net publishes while it is there."""

    NAMES = ["net.client.socket", "net.server.socket"]
    NAMES += [LISTEN + part for part in ("asyncStart", "asyncEnd", "error", "start", "end")]

    def __init__(self) -> None:
        self.messages: list[tuple[str, Any]] = []

    def __call__(self, message: Any, name: str) -> None:
        self.messages.append((name, message))

    def of(self, name: str) -> list[Any]:
        return [message for heard, message in self.messages if heard == name]


@pytest.fixture
def heard() -> Iterator[Heard]:
    heard = Heard()
    for name in Heard.NAMES:
        diagnostics.subscribe(name, heard)
    yield heard
    for name in Heard.NAMES:
        assert diagnostics.unsubscribe(name, heard)


def test_a_connection(heard: Heard) -> None:
    accepted: list[net.Socket] = []

    def on_connection(socket: net.Socket) -> None:
        assert not heard.of("net.server.socket")
        accepted.append(socket)
        socket.end()
        server.close()

    server = net.create_server(on_connection).listen(0, "127.0.0.1")
    server.on("listening", lambda: clients.append(net.connect(server.address().port).resume()))
    clients: list[net.Socket] = []
    uvnet.run()
    assert [vars(message) for message in heard.of("net.client.socket")] == [{"socket": clients[0]}]
    assert [vars(message) for message in heard.of("net.server.socket")] == [{"socket": accepted[0]}]
    [begins] = heard.of(LISTEN + "asyncStart")
    assert vars(begins) == {"server": server, "options": {"port": 0, "host": "127.0.0.1"}}
    assert [vars(message) for message in heard.of(LISTEN + "asyncEnd")] == [{"server": server}]
    for part in ("start", "end", "error"):
        assert not heard.of(LISTEN + part)


def test_every_connect_is_published_before_it_is_checked(heard: Heard) -> None:
    socket = net.Socket()
    with pytest.raises(ERR_MISSING_ARGS):
        socket.connect()
    with pytest.raises(ERR_SOCKET_BAD_PORT):
        socket.connect(port=-1)
    assert [message.socket for message in heard.of("net.client.socket")] == [socket, socket]
    socket.destroy()
    uvnet.run()


def test_a_new_socket_alone_is_not_published(heard: Heard) -> None:
    net.Socket().destroy()
    uvnet.run()
    assert not heard.messages


def test_a_dropped_connection_is_not_published(heard: Heard) -> None:
    def on_drop(data: Any) -> None:
        server.close()

    server = net.create_server().listen(0, "127.0.0.1")
    server.max_connections = 0
    server.on("drop", on_drop)
    server.on("listening", lambda: net.connect(server.address().port, "127.0.0.1").resume())
    uvnet.run()
    assert not heard.of("net.server.socket")


def test_listen_that_fails(heard: Heard) -> None:
    taken = net.create_server().listen(0)
    server = net.create_server()
    errors: list[Any] = []
    server.on("error", errors.append)
    server.listen(taken.address().port)
    [message] = heard.of(LISTEN + "error")
    assert message.server is server
    assert message.error.code == "EADDRINUSE"
    assert not errors, "the event comes later"
    with pytest.raises(ERR_SERVER_ALREADY_LISTEN):
        taken.listen(0)
    assert len(heard.of(LISTEN + "asyncStart")) == 2
    taken.close()
    uvnet.run()
    assert errors == [message.error]
    assert [each.server for each in heard.of(LISTEN + "asyncEnd")] == [taken]


def test_a_subscriber_that_raises_does_not_harm_the_socket(heard: Heard) -> None:
    uncaught: list[str] = []
    ended: list[str] = []

    def broken(message: Any, name: str) -> None:
        raise KeyError(name)

    names = ["net.server.socket", LISTEN + "asyncEnd"]
    for name in names:
        diagnostics.subscribe(name, broken)

    def on_connection(socket: net.Socket) -> None:
        socket.end()
        server.close()

    server = net.create_server(on_connection)
    loop = uvnet.new_event_loop()
    loop.set_exception_handler(lambda loop, context: uncaught.append(str(context["exception"])))

    def start() -> None:
        server.listen(0, "127.0.0.1", connect)

    def connect() -> None:
        client = net.connect(server.address().port, "127.0.0.1").resume()
        client.on("close", lambda had_error: ended.append("closed"))

    loop.call_soon(start)
    loop.run()
    loop.close()
    assert ended == ["closed"]
    assert uncaught == [repr(LISTEN + "asyncEnd"), repr("net.server.socket")]
    for name in names:
        assert diagnostics.unsubscribe(name, broken)


def test_a_subscriber_may_close_the_server(heard: Heard) -> None:
    def close(message: Any, name: str) -> None:
        message.server.close()

    events: list[str] = []
    diagnostics.subscribe(LISTEN + "asyncEnd", close)
    server = net.create_server()
    for event in ("listening", "close", "error"):
        server.on(event, lambda *args, event=event: events.append(event))
    server.listen(0)
    diagnostics.unsubscribe(LISTEN + "asyncEnd", close)
    assert not server.listening
    uvnet.run()
    assert events == ["close"]


def test_a_subscriber_may_destroy_the_socket(heard: Heard) -> None:
    def destroy(message: Any, name: str) -> None:
        message.socket.destroy()
        server.close()

    closed: list[Any] = []
    server = net.create_server(lambda socket: socket.on("close", closed.append))
    diagnostics.subscribe("net.server.socket", destroy)
    server.listen(0, "127.0.0.1", lambda: net.connect(server.address().port, "127.0.0.1").resume())
    uvnet.run()
    diagnostics.unsubscribe("net.server.socket", destroy)
    assert closed == [False]


@pytest.mark.parametrize("host", [None, "127.0.0.1"])
def test_a_subscriber_that_listens_too(heard: Heard, host: str | None) -> None:
    """The server has one handle, and close() closes it."""
    errors: list[Any] = []
    events: list[str] = []

    def listen(message: Any, name: str) -> None:
        diagnostics.unsubscribe(LISTEN + "asyncStart", listen)
        message.server.listen(0)

    diagnostics.subscribe(LISTEN + "asyncStart", listen)
    server = net.create_server()
    server.on("listening", lambda: events.append("listening"))
    server.on("error", lambda error: (errors.append(error), server.close()))
    if host is None:
        with pytest.raises(ERR_SERVER_ALREADY_LISTEN):
            server.listen(0)
        server.once("listening", server.close)
    else:
        server.listen(0, host)
    loop = _core.current_loop()
    loop.call_later(0.2, loop.stop)  # run() would wait for a handle that nobody closes
    loop.run_forever()
    assert loop.open_handles == 0
    assert events == ["listening"]
    assert [type(error) for error in errors] == [ERR_SERVER_ALREADY_LISTEN] * (host is not None)
    assert not server.listening
