"""Cases of test_net_faults.py: a session of what net has above bare handles."""

from __future__ import annotations

import contextlib
import encodings.idna  # noqa: F401 -- else getaddrinfo() imports it amid the session
import gc
import os
import tempfile
import warnings
from collections.abc import Awaitable
from typing import Any

import uvnet
from uvnet import dns, net

BLOCKED = "127.0.0.9"
TEXT = b"one line\n" + bytes(70_000)

# What libuv makes with the first loop of a process stays open: a forked child has it already.
uvnet.new_event_loop().close()


class Session:
    """Servers and clients of each kind, one after the other; any error ends it."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.open: list[Any] = []
        self.block_list = net.BlockList()
        self.block_list.add_address(BLOCKED)
        self.step = "start"
        self.failure: Exception | None = None

    async def run(self) -> str:
        try:
            await self.serve_by_name()
            await self.serve_bound()
            await self.serve_path(net.BoundSocket(path=f"{self.folder}/bound"))
            await self.serve_path(f"{self.folder}/path")
            await self.look_up()
            return "served" if self.failure is None else f"server: {self.failure!r}"
        finally:
            self.close()

    def close(self) -> None:
        for each in self.open:
            (each.destroy if isinstance(each, net.Socket) else each.close)()
        self.open.clear()

    def fail(self, error: Exception) -> None:
        """A server cannot go on: let nobody wait for it."""
        self.failure = error
        self.close()

    async def done(self, step: str, awaitable: Awaitable[Any]) -> Any:
        """Wait for a step of the session; what it says is named after it."""
        self.step = step
        return await awaitable

    async def listen(self, *args: Any, **options: Any) -> net.Server:
        self.step = "listen"
        server = net.create_server(self.greet, block_list=self.block_list)
        server.on("error", self.fail)  # it may be deaf from then on
        self.open.append(server)
        await self.done("listening", server.listen(*args, **options))
        return server

    def greet(self, client: net.Socket) -> None:
        client.on("error", lambda error: None)  # the other end tells
        client.end(TEXT)

    async def read(self, client: net.Socket) -> None:
        await self.done("connected", client)
        line = await self.done("read_until", client.read_until())
        rest = await self.done("read_exactly", client.read_exactly(len(TEXT) - len(line)))
        assert line + rest == TEXT, "corrupt"
        client.destroy()

    def client(self, *args: Any, handle: net.BoundSocket | None = None, **options: Any) -> Any:
        self.step = "connect"
        client = net.Socket(handle=handle, block_list=self.block_list)
        client.on("error", lambda error: None)
        self.open.append(client)
        return client.connect(*args, **options)

    async def serve_by_name(self) -> None:
        server = await self.listen(0, "localhost")
        address = server.address()
        assert isinstance(address, net.Address)
        await self.read(self.client(address.port, "localhost"))
        server.close()

    async def serve_bound(self) -> None:
        self.step = "bind"
        bound = net.BoundSocket(host="127.0.0.1")
        with bound:
            port = bound.address().port  # type: ignore[union-attr]
            server = await self.listen(bound)
        with net.BoundSocket(host="127.0.0.1") as ours:
            await self.read(self.client(port, "127.0.0.1", handle=ours))
        blocked = self.client(port, "127.0.0.1", local_address=BLOCKED)
        await self.done("blocked", blocked)
        async for chunk in blocked:
            raise AssertionError(f"a blocked client has got {chunk!r}")
        server.close()

    async def serve_path(self, path: Any) -> None:
        with path if isinstance(path, net.BoundSocket) else contextlib.nullcontext():
            server = await self.listen(path)
        await self.read(self.client(server.address()))
        server.close()

    async def look_up(self) -> None:
        await self.done("lookup", dns.promises.lookup("localhost", all=True))
        await self.done("lookup_service", dns.promises.lookup_service("127.0.0.1", 80))


def descriptors() -> dict[str, str]:
    found = {}
    for fd in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):  # the one of the folder itself
            found[fd] = os.readlink(f"/proc/self/fd/{fd}")
    return found


def net_session() -> dict[str, Any]:
    """Run a session; return what became of it, and what it has left behind."""
    warnings.simplefilter("ignore")  # of what a failed session leaves to Loop.close()
    before = descriptors()
    folder = tempfile.mkdtemp()
    session = Session(folder)
    try:
        result = uvnet.run(session.run())
    except Exception as exc:
        result = f"{session.step}: {exc!r}"
        if session.failure is not None:
            result = f"server: {session.failure!r}"
    del session
    gc.collect()
    paths = os.listdir(folder)
    for path in paths:
        os.unlink(f"{folder}/{path}")
    os.rmdir(folder)
    left = {fd: name for fd, name in descriptors().items() if before.get(fd) != name}
    lost = {fd: name for fd, name in before.items() if fd not in descriptors()}
    return {"result": result, "left": left, "lost": lost, "paths": paths}
