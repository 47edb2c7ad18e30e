"""An echo server on the bare handles: what `uvnet echo` serves and what the benchmark measures."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Literal, get_args

from uvnet import _core

Mode = Literal["handles", "buffer", "splice"]
MODES: tuple[Mode, ...] = get_args(Mode)

BUFFER_SIZE = 65536
BACKLOG = 511


class Server:
    """A server on TCP or Pipe handles, with a loop of its own.

    Args:
        start: Called with the handle of each connection.
        once: Stop listening when the last of the connections so far has closed.
    """

    def __init__(self, start: Callable[[Any], None], *, once: bool = False) -> None:
        self._loop = _core.Loop()
        self._once = once
        self._listener: Any = None
        self._clients: set[Any] = set()
        self._start = start

    def listen(
        self, host: str = "127.0.0.1", port: int = 0, path: str | None = None
    ) -> tuple[str, int] | str:
        """Listen on an IP address and port (0: a free one), or on a Unix socket's path.

        Returns:
            (host, port) or the path.

        Raises:
            OSError: The address cannot be listened on.
        """
        if path is not None:
            self._listener = _core.Pipe(self._loop)
            err = self._listener.bind(path)
        else:
            self._listener = _core.TCP(self._loop)
            bind = self._listener.bind6 if ":" in host else self._listener.bind
            err = bind(host, port)
        self._listener.onconnection = self._on_connection
        err = err or self._listener.listen(BACKLOG)
        if err:
            where = path if path is not None else f"{host}:{port}"
            raise OSError(-err, f"cannot listen on {where}: {os.strerror(-err)}")
        if path is not None:
            return path
        address, _, port = self._listener.getsockname()
        return address, port

    def run(self) -> None:
        """Serve until Ctrl-C or, with `once`, until the run is over; then close everything."""
        try:
            self._loop.run()
        finally:
            for handle in (self._listener, *self._clients):
                handle.close()
            self._loop.close()

    def _on_connection(self, status: int, client: Any) -> None:
        if status == 0:
            self._clients.add(client)
            self._start(client)

    def _finish(self, client: Any, status: int) -> None:
        """Close the connection: after the end of its input once all is sent, else at once."""
        if status != _core.UV_EOF or client.shutdown(
            _core.ShutdownReq(lambda request, status: self._close(client))
        ):
            self._close(client)

    def _close(self, client: Any) -> None:
        client.close(lambda: self._on_closed(client))

    def _on_closed(self, client: Any) -> None:
        self._clients.discard(client)
        if self._once and not self._clients:
            self._listener.close()


class Echo(Server):
    """An echo server on handles.

    It stops reading from a connection as long as what it has written there waits for the kernel,
    and at the end of a connection's input it sends what is left before it closes.

    Args:
        mode: How the bytes travel. "handles": each read is a bytes object. "buffer": they are read
            into one buffer and written out of it. "splice": in C alone.
        once: Stop listening when the last of the connections so far has closed.
    """

    def __init__(self, mode: Mode = "handles", *, once: bool = False) -> None:
        start = {"handles": self._copy, "buffer": self._copy, "splice": self._splice}[mode]
        super().__init__(start, once=once)
        self._buffered = mode == "buffer"

    def _copy(self, client: Any) -> None:
        """Write every read back from Python."""

        def on_read(nread: int, data: Any) -> None:
            if data is None or write(None, data, nread):
                unusual(nread)

        def unusual(nread: int) -> None:
            if nread < 0:
                self._finish(client, nread)
                return
            # The kernel did not take all. Until it has, the buffer must not be read into again, and
            # a client that does not read is not to fill our memory. An empty write is complete when
            # everything before it is.
            client.read_stop()
            if write(_core.WriteReq(on_written), b"") < 0:
                self._close(client)

        def on_written(request: Any, status: int) -> None:
            if status == 0:
                client.read_start()
            else:
                self._close(client)

        write = client.write_buffer
        client.onread = on_read
        if self._buffered:
            client.use_user_buffer(bytearray(BUFFER_SIZE))
        client.read_start()

    def _splice(self, client: Any) -> None:
        """Let C write everything back."""
        client.onsplice = lambda status, failed: self._finish(client, status or _core.UV_EOF)
        client.splice(client)
