"""Pipes: connect_read_pipe and connect_write_pipe, for pipes, FIFOs, sockets and terminals."""

from __future__ import annotations

import asyncio
import errno
import os
import stat
import warnings
from asyncio import constants, transports
from asyncio.log import logger
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from uvnet.aio._base import LoopBase
else:
    LoopBase = object

_READ_SIZE = 256 * 1024  # bytes: what one callback reads at most


class Pipes(LoopBase):
    """The part of the loop that makes transports of what is a pipe, or reads and writes like one.

    What a caller may use is asyncio's: connect_read_pipe and connect_write_pipe.
    """

    def _make_read_pipe_transport(
        self,
        pipe: Any,
        protocol: asyncio.BaseProtocol,
        waiter: asyncio.Future[None] | None = None,
        extra: dict[str, Any] | None = None,
    ) -> ReadPipe:
        return ReadPipe(self, pipe, protocol, waiter, extra)

    def _make_write_pipe_transport(
        self,
        pipe: Any,
        protocol: asyncio.BaseProtocol,
        waiter: asyncio.Future[None] | None = None,
        extra: dict[str, Any] | None = None,
    ) -> WritePipe:
        return WritePipe(self, pipe, protocol, waiter, extra)


class PipeTransport(asyncio.BaseTransport):
    """What both directions have in common. Owns the file object, and closes it at the end.

    The descriptor is watched by the loop's registry of readers and writers, so that one terminal
    may have a transport for each direction.
    """

    _extra: dict[str, Any]
    _loop: LoopBase
    _pipe: IO[bytes] | None = None  # None before all is well, and after connection_lost()
    _closing = False
    _lost = False  # connection_lost() is on its way, or was called

    def _open(
        self,
        loop: LoopBase,
        pipe: IO[bytes],
        protocol: Any,
        waiter: asyncio.Future[None] | None,
        reader: bool,
    ) -> None:
        """Take over the pipe, which stays the caller's if this raises; `reader`: watch it."""
        self._loop = loop
        self._protocol = protocol
        self._fd = pipe.fileno()
        os.set_blocking(self._fd, False)
        # Events arrive after the next poll, and so after connection_made().
        if reader:
            loop._add_reader(self._fd, self._read_ready)
        self._pipe = self._extra["pipe"] = pipe
        loop.call_soon(protocol.connection_made, self)
        if waiter is not None:
            loop.call_soon(_wake, waiter)

    def _read_ready(self) -> None:
        raise NotImplementedError

    def __repr__(self) -> str:
        if self._pipe is None:
            return f"<{type(self).__name__} closed>"
        state = "closing" if self._closing else "open"
        return f"<{type(self).__name__} {state} fd={self._fd}{self._details()}>"

    def _details(self) -> str:
        return ""

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        protocol: asyncio.BaseProtocol = self._protocol
        return protocol

    def is_closing(self) -> bool:
        return self._closing

    def __del__(self) -> None:
        if self._pipe is not None:
            warnings.warn(
                f"unclosed transport {self!r}", ResourceWarning, stacklevel=2, source=self
            )
            self._pipe.close()

    def _fail(self, exc: BaseException, message: str, quiet: bool) -> None:
        """Close for an error; tell it to the loop's exception handler unless it is `quiet`."""
        if not quiet:
            self._loop.call_exception_handler(
                {
                    "message": message,
                    "exception": exc,
                    "transport": self,
                    "protocol": self._protocol,
                }
            )
        elif self._loop.get_debug():
            logger.debug("%r: %s", self, message, exc_info=True)
        self._lose(exc)

    def _lose(self, exc: BaseException | None) -> None:
        """Stop at once; connection_lost(exc) follows, and is the last call, unless one has."""
        if self._lost or self._pipe is None:
            return
        self._loop._check_thread()
        self._closing = self._lost = True
        self._stop_watching()
        if self._loop.is_closed():  # which calls nobody any more
            self._release()
        else:
            self._loop.call_soon(self._connection_lost, exc)

    def _stop_watching(self) -> None:
        self._loop._remove_reader(self._fd)

    def _connection_lost(self, exc: BaseException | None) -> None:
        try:
            self._protocol.connection_lost(exc)
        finally:
            self._release()

    def _release(self) -> None:
        pipe, self._pipe = self._pipe, None
        self._protocol = None
        if pipe is not None:
            pipe.close()


class ReadPipe(PipeTransport, asyncio.ReadTransport):
    """The transport of connect_read_pipe()."""

    def __init__(
        self,
        loop: LoopBase,
        pipe: IO[bytes],
        protocol: asyncio.BaseProtocol,
        waiter: asyncio.Future[None] | None = None,
        extra: dict[str, Any] | None = None,
    ) -> None:
        asyncio.BaseTransport.__init__(self, extra)
        self._paused = False
        _check_kind(pipe, "Pipe transport is for pipes/sockets only.")
        self._open(loop, pipe, protocol, waiter, True)

    def _details(self) -> str:
        return " paused" if self._paused else ""

    def is_reading(self) -> bool:
        return not self._paused and not self._closing

    def pause_reading(self) -> None:
        if self.is_reading():
            self._paused = True
            self._loop._remove_reader(self._fd)
            if self._loop.get_debug():
                logger.debug("%r pauses reading", self)

    def resume_reading(self) -> None:
        if self._paused and not self._closing:
            self._loop._add_reader(self._fd, self._read_ready)
            self._paused = False
            if self._loop.get_debug():
                logger.debug("%r resumes reading", self)

    def close(self) -> None:
        self._lose(None)

    def _read_ready(self) -> None:
        try:
            data = os.read(self._fd, _READ_SIZE)
        except BlockingIOError:
            return
        except OSError as exc:
            # EIO is how a terminal says that nobody has its other end open any more.
            self._fail(exc, "Fatal read error on pipe transport", quiet=exc.errno == errno.EIO)
            return
        if data:
            self._protocol.data_received(data)
            return
        if self._loop.get_debug():
            logger.info("%r was closed by peer", self)
        self._loop.call_soon(self._protocol.eof_received)
        self._lose(None)


class WritePipe(PipeTransport, transports._FlowControlMixin, asyncio.WriteTransport):
    """The transport of connect_write_pipe()."""

    def __init__(
        self,
        loop: LoopBase,
        pipe: IO[bytes],
        protocol: asyncio.BaseProtocol,
        waiter: asyncio.Future[None] | None = None,
        extra: dict[str, Any] | None = None,
    ) -> None:
        transports._FlowControlMixin.__init__(self, extra, loop)
        self._buffer = bytearray()
        self._ignored = 0  # writes since it was closed
        mode = _check_kind(pipe, "Pipe transport is only for pipes, sockets and character devices")
        # The end of a pipe that is for writing can be read once nobody reads the other end. A
        # terminal has no such sign, and its input is somebody else's to read.
        self._has_reader = not stat.S_ISCHR(mode)
        self._open(loop, pipe, protocol, waiter, self._has_reader)

    def _details(self) -> str:
        return f" bufsize={len(self._buffer)}"

    def get_write_buffer_size(self) -> int:
        return len(self._buffer)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self._loop._debug:
            self._loop._check_thread()
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise TypeError(
                f"data argument must be a bytes-like object, not {type(data).__name__!r}"
            )
        if self._closing:
            if self._ignored >= constants.LOG_THRESHOLD_FOR_CONNLOST_WRITES:
                logger.warning("pipe closed by peer or os.write(pipe, data) raised exception.")
            self._ignored += 1
            return
        rest = memoryview(data).cast("B")
        if not rest:
            return
        if not self._buffer:
            try:
                rest = rest[os.write(self._fd, rest) :]
            except BlockingIOError:
                pass
            except OSError as exc:
                self._ignored += 1
                self._fail(exc, "Fatal write error on pipe transport", quiet=True)
                return
            if not rest:
                return
            self._loop._add_writer(self._fd, self._write_ready)
        self._buffer += rest
        self._maybe_pause_protocol()  # type: ignore[attr-defined]

    def _write_ready(self) -> None:
        try:
            del self._buffer[: os.write(self._fd, self._buffer)]
        except BlockingIOError:
            return
        except OSError as exc:
            self._ignored += 1
            self._fail(exc, "Fatal write error on pipe transport", quiet=True)
            return
        if not self._buffer:
            self._loop._remove_writer(self._fd)
            self._maybe_resume_protocol()  # type: ignore[attr-defined]
            if self._closing and not self._buffer:
                self._lose(None)

    def _read_ready(self) -> None:
        """The peer has closed its end."""
        if self._loop.get_debug():
            logger.info("%r was closed by peer", self)
        self._lose(BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE)) if self._buffer else None)

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        """Close as soon as what is buffered is written: a pipe knows no other end of file."""
        if not self._closing:
            self._loop._check_thread()
            self._closing = True
            if not self._buffer:
                self._lose(None)

    def close(self) -> None:
        self.write_eof()

    def abort(self) -> None:
        self._lose(None)

    def _stop_watching(self) -> None:
        if self._has_reader:
            super()._stop_watching()
        if self._buffer:
            self._loop._remove_writer(self._fd)
            self._buffer.clear()


def _check_kind(pipe: IO[bytes], message: str) -> int:
    """Return the pipe's mode.

    Raises:
        ValueError: It is a regular file or a folder.
    """
    mode = os.fstat(pipe.fileno()).st_mode
    if not (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or stat.S_ISCHR(mode)):
        raise ValueError(message)
    return mode


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
