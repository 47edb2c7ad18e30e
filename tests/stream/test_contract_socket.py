"""The contract, on sockets: over TCP and over a Unix socket, whichever end opened it."""

from __future__ import annotations

import asyncio
import itertools
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from . import (  # noqa: F401
    checks_duplex,
    checks_iteration,
    checks_pipe,
    checks_readable,
    checks_writable,
)
from .contract import SUBJECTS, Check, Rig, Subject, cases, run_check, subject, until

net = pytest.importorskip("uvnet.net")
if not hasattr(net, "create_server"):
    pytest.skip("uvnet.net is not complete", allow_module_level=True)

names = itertools.count()


class SocketRig(Rig):
    """One end of a connection; the other end is an ordinary socket of uvnet."""

    def __init__(self, stream: Any, other: Any, server: Any) -> None:
        super().__init__(stream)
        self.other = other
        self.server = server
        other.on("data", self.sent.extend)
        other.on("error", lambda error: None)  # that the stream was destroyed, say

    def feed(self, data: bytes) -> None:
        if self.other.writable:
            self.other.write(data)

    def feed_end(self) -> None:
        self.other.end()

    def hold(self) -> None:
        self.other.pause()

    def release(self) -> None:
        self.other.resume()

    async def quiet(self) -> None:
        """Wait as long as the kernel may take to hand things over, and then some."""
        await asyncio.sleep(0.02)

    async def close(self) -> None:
        await super().close()
        self.other.destroy()
        closed: list[str] = []
        self.server.close(lambda error: closed.append("server"))
        await until(lambda: closed and self.other.closed)


async def connect(make_address: Callable[[], dict[str, Any]], ours: str, options: Any) -> Rig:
    """Connect two sockets; the stream under test is the client's or the server's."""
    encoding = options.pop("encoding", None)
    sides = {"client": {"allow_half_open": True}, "server": {"allow_half_open": True}}
    sides[ours] |= options
    address = make_address()
    accepted: list[Any] = []
    server = net.create_server(accepted.append, **sides["server"])
    server.listen(**address)
    await until(lambda: server.listening and server.address())
    if "port" in address:
        address["port"] = server.address().port
    client = net.connect(**address, **sides["client"])
    await until(lambda: accepted and not client.connecting)
    ends = {"client": client, "server": accepted[0]}
    stream = ends.pop(ours)
    [other] = ends.values()
    if encoding is not None:
        stream.set_encoding(encoding)
    return SocketRig(stream, other, server)


def tcp_address() -> dict[str, Any]:
    return {"host": "127.0.0.1", "port": 0}


def unix_address() -> dict[str, Any]:
    folder = Path(tempfile.gettempdir())
    return {"path": str(folder / f"uvnet-contract-{os.getpid()}-{next(names)}")}


def register(name: str, make_address: Callable[[], dict[str, Any]], ours: str) -> Subject:
    async def make(**options: Any) -> Rig:
        return await connect(make_address, ours, options)

    subject(name, "readable", "writable", "duplex", exact=False)(make)
    return SUBJECTS[-1]


SOCKETS = [
    register("tcp-client", tcp_address, "client"),
    register("tcp-server", tcp_address, "server"),
    register("unix-client", unix_address, "client"),
    register("unix-server", unix_address, "server"),
]


@pytest.mark.parametrize(("promise", "kind"), cases(SOCKETS))
def test_contract(promise: Check, kind: Subject) -> None:
    run_check(promise, kind)
