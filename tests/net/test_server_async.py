"""Coroutine functions as listeners, and what becomes of their exceptions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

import uvnet
from uvnet import net

from .helpers import client_of, run, serve, watch


def test_a_coroutine_function_serves(must_call: Callable[..., Any]) -> None:
    async def echo(peer: net.Socket) -> None:
        async for chunk in peer:
            peer.write(chunk.upper())
        peer.end()

    server = serve(echo, allow_half_open=True)
    received: list[bytes] = []
    client = client_of(server)
    client.on("data", received.append)
    client.on("close", must_call(lambda had_error: server.close()))
    client.end(b"hello")
    run()
    assert b"".join(received) == b"HELLO"


def test_its_exception_destroys_the_socket() -> None:
    trace: list[str] = []
    errors: list[Exception] = []

    async def fails(peer: net.Socket) -> None:
        watch(peer, trace, "close").on("error", errors.append)
        await asyncio.sleep(0)
        raise LookupError("kaboom")

    server = serve(fails)
    server.on("error", lambda error: trace.append("server error"))
    client = client_of(server).resume()
    client.on("error", lambda error: None)
    client.on("close", lambda had_error: server.close())
    run()
    assert trace == ["close(True)"]
    assert [str(error) for error in errors] == ["kaboom"]


def test_exceptions_of_other_listeners_are_errors_of_the_server() -> None:
    errors: list[Exception] = []

    async def fails(*args: Any) -> None:
        raise LookupError("kaboom")

    server = net.create_server()
    server.on("listening", fails)
    server.on("error", lambda error: (errors.append(error), server.close()))
    server.listen(0)
    run()
    assert len(errors) == 1


def test_exceptions_that_nobody_listens_for(must_call: Callable[..., Any]) -> None:
    async def fails(peer: net.Socket) -> None:
        raise LookupError("kaboom")

    server = serve(fails)
    client = client_of(server).resume()
    client.on("error", lambda error: None)
    client.on("close", must_call(lambda had_error: server.close()))
    with pytest.raises(LookupError):
        run()
    run()


def test_servers_under_asyncio(must_call: Callable[..., Any]) -> None:
    async def main() -> list[bytes]:
        async def handle(peer: net.Socket) -> None:
            async for chunk in peer:
                peer.write(chunk)
            peer.end()

        async with net.create_server(handle, allow_half_open=True).listen(0, "127.0.0.1") as server:

            async def ask(number: int) -> bytes:
                client = await client_of(server)
                client.end(b"%d" % number)
                return b"".join([chunk async for chunk in client])

            return await asyncio.gather(*map(ask, range(10)))

    assert uvnet.run(main()) == [b"%d" % number for number in range(10)]
