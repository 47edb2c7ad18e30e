"""Cases of test_syscall_faults.py and test_no_memory.py: an echo session on bare handles."""

from __future__ import annotations

import contextlib
import contextvars
import warnings

from uvnet import _core

with contextlib.suppress(ImportError):
    import _testcapi

MESSAGE = [b"one, ", bytearray(b"two, "), b"three"] + [bytes(60_000)] * 4
WHOLE = b"".join(MESSAGE)


class Stopped(Exception):
    """A call of _core has said why it cannot go on."""


class Session:
    """One TCP echo session, both ends on one loop; any error ends it."""

    def __init__(self) -> None:
        self.loop = _core.Loop()
        self.listener = _core.TCP(self.loop)
        self.client = _core.TCP(self.loop)
        self.server: _core.Stream | None = None
        self.received = bytearray()
        self.ended = self.chores = 0
        self.over = False

    def must(self, what: str, status: int) -> None:
        """Stop the session if this is an error, and not one of its being closed."""
        if status < 0 and not self.over:
            raise Stopped(f"{what}: {_core.error_name(status)}")

    def run(self) -> str:
        """Return "echoed", or what stopped it; close everything in any case."""
        try:
            self.begin()
            self.loop.run()
        except Stopped as stop:
            return str(stop)
        if (self.ended, self.chores) != (2, 4):
            return "ended early"
        return "echoed" if self.received == WHOLE else "corrupt"

    def begin(self) -> None:
        for schedule in (self.loop.call_soon, self.loop.next_tick, self.loop.set_immediate):
            schedule(self.do_chore)
        self.loop.call_later(0.001, self.do_chore)
        self.listener.onconnection = self.on_connection
        self.must("bind", self.listener.bind("127.0.0.1", 0))
        self.must("listen", self.listener.listen(8))
        name = self.listener.getsockname()
        if isinstance(name, int):
            self.must("getsockname", name)
        request = _core.ConnectReq(self.on_connect)
        self.must("connect", self.client.connect(request, "127.0.0.1", name[2]))

    def do_chore(self) -> None:
        self.chores += 1

    def on_connection(self, status: int, server: _core.Stream | None) -> None:
        self.must("accept", status)
        assert server is not None
        self.server = server
        self.listener.close()
        self.must("server set_keep_alive", server.set_keep_alive(True, 5))
        server.onread = self.on_request
        self.must("server read_start", server.read_start())

    def on_request(self, nread: int, data: bytes | None) -> None:
        assert self.server is not None
        if data is not None:
            self.must("server write", self.server.write_buffer(None, data))
            return
        self.expect_end("server read", nread)
        self.must("server shutdown", self.server.shutdown(_core.ShutdownReq(self.on_shutdown)))

    def on_shutdown(self, request: _core.ShutdownReq, status: int) -> None:
        self.must("shut down", status)
        if request.handle is self.server:
            self.finish(self.server)

    def on_connect(self, request: _core.ConnectReq, status: int) -> None:
        self.must("connected", status)
        self.must("client set_no_delay", self.client.set_no_delay(True))
        self.client.onread = self.on_response
        self.must("client read_start", self.client.read_start())
        self.must("client writev", self.client.writev(_core.WriteReq(self.on_written), MESSAGE))
        self.must("client shutdown", self.client.shutdown(_core.ShutdownReq(self.on_shutdown)))

    def on_written(self, request: _core.WriteReq, status: int) -> None:
        self.must("client write", status)

    def on_response(self, nread: int, data: bytes | None) -> None:
        if data is not None:
            self.received += data
            return
        self.expect_end("client read", nread)
        self.finish(self.client)

    def expect_end(self, what: str, nread: int) -> None:
        if nread != _core.UV_EOF:
            self.must(what, nread)

    def finish(self, stream: _core.Stream) -> None:
        self.must("close", stream.close())
        self.ended += 1

    def close(self) -> None:
        """Close what is still open, and check that it closes."""
        self.over = True
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            self.loop.close()
        assert self.loop.open_handles == 0, f"{self.loop.open_handles} handles stay open"


def echo_session() -> str:
    try:
        session = Session()
    except OSError as exc:
        return f"no session: {exc}"
    try:
        return session.run()
    except OSError as exc:
        return f"run: {exc}"
    finally:
        session.close()


def starved_session(first: int, count: int) -> str:
    """Run an echo session in which allocations number `first` to `first + count - 1` fail."""
    session = None
    contextvars.copy_context()  # CPython crashes when it has no memory for a thread's first one
    _testcapi.set_nomemory(first, first + count)
    try:
        session = Session()
        return session.run()
    except MemoryError:
        return "MemoryError"
    except OSError as exc:
        return f"run: {exc}"
    finally:
        _testcapi.remove_mem_hooks()
        if session is not None:
            session.close()


def starved_close(first: int, count: int) -> str:
    """Close a loop on which much is going on while allocations fail as in starved_session."""
    session = Session()
    session.begin()
    session.over = True
    timer = _core.Timer(session.loop)
    timer.start(1000)
    # CPython's own crashes when it has no memory for a frame.
    warnings.warn = lambda *args, **options: None  # type: ignore[assignment]
    _testcapi.set_nomemory(first, first + count)
    try:
        session.loop.close()
        result = "closed"
    except MemoryError:
        result = "MemoryError"
    finally:
        _testcapi.remove_mem_hooks()
    session.loop.close()
    assert session.loop.is_closed()
    assert session.loop.open_handles == 0, f"{session.loop.open_handles} handles stay open"
    return result
