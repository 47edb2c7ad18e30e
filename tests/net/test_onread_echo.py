"""An echo out of the onread buffer, which the next read fills again."""

from __future__ import annotations

from typing import Any

import pytest

import uvnet
from uvnet import net

BLOCK = 1024
BLOCKS = 20_000


@pytest.mark.parametrize("heeds", [False, True])
@pytest.mark.parametrize("view", [False, True])
def test_what_waits_is_not_overwritten(heeds: bool, view: bool) -> None:
    """Whether or not the echo heeds write()'s answer, and whatever the buffer is."""
    data = b"".join(i.to_bytes(4, "big") * (BLOCK // 4) for i in range(BLOCKS))
    received = bytearray()

    def onread(socket: net.Socket) -> Any:
        def callback(nread: int, buffer: Any) -> bool | None:
            more = socket.write(buffer, size=nread)
            return more if heeds else None

        socket.on("drain", socket.resume)
        buffer: Any = bytearray(16 * BLOCK)
        return memoryview(buffer) if view else buffer, callback

    def connect() -> None:
        client = net.connect(server.address().port, "127.0.0.1")
        client.on("data", received.extend)
        client.on("close", lambda had_error: server.close())
        client.pause()  # until the server has more to send than the kernel takes
        client.end(data, callback=lambda error: client.resume())
        if heeds:
            client.resume()

    server = net.create_server(onread=onread).listen(0, "127.0.0.1", connect)
    uvnet.run()
    assert len(received) == len(data)
    assert received == data
