"""Echo servers with a known fault, in threads of the test's own process."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from uvnet.bench import plots

from .documents import whole

# What to answer to the bytes that came at this offset of a connection's stream. None: hang up.
Reply = Callable[[int, bytes], bytes | None]
Address = tuple[str, int] | str
Serve = Callable[..., Address]

collect_ignore = (
    []
    if sys.platform == "linux"
    else [
        "test_load.py",
        "test_load_kinds.py",
        "test_load_loops.py",
        "test_load_services.py",
        "test_cli.py",
        "test_runner.py",
        "test_serve.py",
        "test_dask.py",
        "test_wrk.py",
        "test_syscalls.py",
    ]
)


class Handler(socketserver.BaseRequestHandler):
    """Answers what the server's `reply` says, until either side hangs up."""

    def handle(self) -> None:
        offset = 0
        with contextlib.suppress(ConnectionError):
            while data := self.request.recv(65536):
                answer = self.server.reply(offset, data)  # type: ignore[attr-defined]
                if answer is None:
                    return
                offset += len(data)
                self.request.sendall(answer)


class TCPServer(socketserver.ThreadingTCPServer):
    request_queue_size = 511


class UnixServer(socketserver.ThreadingUnixStreamServer):
    request_queue_size = 5  # soon full


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """A function that starts an echo server which answers what `reply` says; its address."""
    with ExitStack() as stack:

        def start(reply: Reply = lambda offset, data: data, unix: bool = False) -> Address:
            server: socketserver.BaseServer
            if unix:
                server = UnixServer(str(tmp_path / "echo.sock"), Handler)
            else:
                server = TCPServer(("127.0.0.1", 0), Handler)
            stack.callback(server.server_close)
            server.reply = reply  # type: ignore[attr-defined]
            thread = threading.Thread(target=server.serve_forever, args=(0.01,))
            thread.start()
            stack.callback(thread.join)
            stack.callback(server.shutdown)
            address: Address = server.server_address  # type: ignore[assignment]
            return address

        yield start


@pytest.fixture(scope="session")
def drawings() -> dict[str, str]:
    """The plots of a whole document. matplotlib keeps open the fonts that it has used for them."""
    pytest.importorskip("matplotlib", reason="matplotlib is in the group `report`")
    return plots.draw(whole())


@pytest.fixture
def deaf() -> Iterator[Address]:
    """The address of a listener that nobody accepts from."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()
