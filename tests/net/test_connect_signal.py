"""signal=: a socket that an AbortSignal destroys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import uvnet
from uvnet import net
from uvnet.abort import AbortController, AbortSignal
from uvnet.errors import ERR_INVALID_ARG_TYPE, AbortError

from .helpers import client_of, later, run, serve, watch


def accept(socket: net.Socket) -> None:
    socket.on("error", lambda error: None).resume()


def test_aborted_when_connected() -> None:
    trace: list[str] = []
    controller = AbortController()
    server = serve(accept)
    client = watch(client_of(server, signal=controller.signal), trace)
    reasons = []

    def connected() -> None:
        controller.abort("enough")
        trace.append(f"destroyed {client.destroyed}")
        uvnet.next_tick(trace.append, "tick")

    client.on("connect", connected)
    client.on("error", lambda error: reasons.append(error.cause))
    client.on("close", lambda had_error: server.close())
    run()
    assert trace == [
        "connection_attempt",
        "connect",
        "destroyed True",
        "ready",
        "error(ABORT_ERR)",
        "tick",
        "close(True)",
    ]
    assert reasons == ["enough"]


@pytest.mark.parametrize("when", ["at once", "next tick"])
def test_aborted_while_connecting(when: str, must_call: Callable[..., Any]) -> None:
    controller = AbortController()
    server = serve(accept)
    client = client_of(server, must_call(None, 0), signal=controller.signal)
    client.on("error", must_call(lambda error: errors.append(error)))
    client.on("close", must_call(lambda had_error: later(20, server.close)))
    errors: list[Exception] = []
    if when == "at once":
        controller.abort()
    else:
        uvnet.next_tick(controller.abort)
    run()
    assert isinstance(errors[0], AbortError)


def test_aborted_before(must_call: Callable[..., Any]) -> None:
    """Node connects even so, after 'close'."""
    trace: list[str] = []
    server = serve(must_call(None, 0))
    client = watch(client_of(server, signal=AbortSignal.abort()), trace)
    assert client.destroyed
    assert not client.connecting
    later(30, server.close)
    run()
    assert trace == ["error(ABORT_ERR)", "close(None)"]
    client.connect(1, "127.0.0.1")  # refused for ever
    assert client.destroyed
    run()
    assert trace == ["error(ABORT_ERR)", "close(None)"]


def test_the_signal_lets_go_of_the_socket(must_call: Callable[..., Any]) -> None:
    controller = AbortController()
    server = serve(lambda socket: socket.end())
    client = client_of(server, signal=controller.signal)
    client.on("error", must_call(None, 0))
    client.resume().on("close", must_call(lambda had_error: server.close()))
    run()
    controller.abort()
    run()


@pytest.mark.parametrize("signal", ["x", 5, object(), True])
def test_something_else(signal: Any) -> None:
    with pytest.raises(ERR_INVALID_ARG_TYPE, match="signal"):
        net.Socket(signal=signal)
    with pytest.raises(ERR_INVALID_ARG_TYPE, match="signal"):
        net.connect(1, signal=signal)


def test_await_raises(must_call: Callable[..., Any]) -> None:
    async def main() -> None:
        server = serve(accept)
        with pytest.raises(AbortError):
            await client_of(server, signal=AbortSignal.abort())
        server.close()

    uvnet.run(main())
