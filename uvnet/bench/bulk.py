"""Bulk transfer on the bare handles: a sink and a source."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from uvnet import _core

from .echo import BUFFER_SIZE, Server
from .job import Requests, Service, number


class Bulk(Server):
    """What the two have in common: how they read.

    Args:
        buffered: Read into one buffer; otherwise each read is a bytes object.
        once: Stop listening when the last of the connections so far has closed.
    """

    def __init__(self, *, buffered: bool = False, once: bool = False) -> None:
        super().__init__(self._serve, once=once)
        self._buffered = buffered

    def _serve(self, client: Any) -> None:
        """Begin with a connection."""
        raise NotImplementedError

    def _read(self, client: Any, on_read: Callable[[int, Any], None]) -> memoryview | None:
        """Let a connection read, and return the one buffer that it reads into, if there is one."""
        buffer = memoryview(bytearray(BUFFER_SIZE)) if self._buffered else None
        client.onread = on_read
        if buffer is not None:
            client.use_user_buffer(buffer)
        client.read_start()
        return buffer


class Sink(Bulk):
    """Counts what arrives and, at the end of a connection's input, answers the count."""

    def _serve(self, client: Any) -> None:
        received = 0

        def on_read(nread: int, data: Any) -> None:
            nonlocal received
            if nread >= 0:
                received += nread
                return
            if nread == _core.UV_EOF:
                client.write_buffer(_core.WriteReq(), number(received))
            self._finish(client, nread)

        self._read(client, on_read)


class Source(Bulk):
    """Sends what each request asks for, as fast as the kernel takes it."""

    def _serve(self, client: Any) -> None:
        requests = Requests()
        waiting = False  # for the kernel to take what is written
        ended = False

        def on_read(nread: int, data: Any) -> None:
            nonlocal ended
            if nread > 0:
                requests.feed(data if buffer is None else buffer[:nread])
            elif nread == _core.UV_EOF:
                ended = True
            else:
                self._close(client)
                return
            send()

        def send() -> None:
            nonlocal waiting
            while not waiting:
                chunk = requests.chunk()
                if chunk is None:
                    if ended:
                        self._finish(client, _core.UV_EOF)
                    return
                left = client.write_buffer(None, chunk)
                if left > 0:  # an empty write is complete when everything before it is
                    waiting = True
                    left = client.write_buffer(_core.WriteReq(on_written), b"")
                if left < 0:
                    self._close(client)
                    return

        def on_written(request: Any, status: int) -> None:
            nonlocal waiting
            waiting = False
            if status == 0:
                send()
            else:
                self._close(client)

        buffer = self._read(client, on_read)


SERVERS: dict[Service, Callable[..., Server]] = {"sink": Sink, "source": Source}
