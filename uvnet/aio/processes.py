"""Processes: subprocess_exec and subprocess_shell, by subprocess.Popen."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import threading
import warnings
from asyncio.log import logger
from collections import deque
from collections.abc import Callable
from typing import IO, TYPE_CHECKING, Any

from uvnet import _core

if TYPE_CHECKING:
    from uvnet.aio._base import LoopBase
else:
    LoopBase = object

# When a child has ended, its pipes are at their end as well, and say so within that many turns of
# the loop: unless another process has them, too, or what is in them is not read.
_LAST_TURNS = 8

_ASK_AGAIN = 0.01  # seconds


class Processes(LoopBase):
    """The part of the loop that starts processes, and waits for them without a signal handler.

    What a caller may use is asyncio's: subprocess_exec and subprocess_shell, in any thread. There
    is no child watcher.
    """

    def __init__(self) -> None:
        self._children: set[ProcessTransport] = set()  # not reaped so far

    async def _make_subprocess_transport(
        self,
        protocol: Any,
        args: Any,
        shell: bool,
        stdin: Any,
        stdout: Any,
        stderr: Any,
        bufsize: int,
        extra: dict[str, Any] | None = None,
        **options: Any,
    ) -> ProcessTransport:
        process: subprocess.Popen[bytes] = subprocess.Popen(
            args,
            shell=shell,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            universal_newlines=False,
            bufsize=bufsize,
            **options,
        )
        try:
            transport = ProcessTransport(self, process, protocol, extra)
        except BaseException:
            process.kill()
            with process:  # closes its pipes, and waits for it
                pass
            raise
        if self._debug:
            program = args if isinstance(args, (bytes, str)) else args[0]
            logger.debug("process %r created: pid %s", program, process.pid)
        try:
            await transport._connect()
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException:
            transport.close()
            await transport._wait()
            raise
        return transport

    def _close_children(self) -> None:
        """Watch them no longer. They go on, and whoever has the transports may still close them."""
        for child in self._children:
            child._stop_watching()
        self._children.clear()


class ProcessTransport(asyncio.SubprocessTransport):
    """The transport of a child process.

    The child is reaped by subprocess.Popen in the loop's thread, so that a signal never goes to
    another process which got the same number meanwhile.
    """

    _closed = True  # until there is something to close
    _extra: dict[str, Any]

    def __init__(
        self,
        loop: LoopBase,
        process: subprocess.Popen[bytes],
        protocol: Any,
        extra: dict[str, Any] | None,
    ) -> None:
        super().__init__(extra)
        self._extra["subprocess"] = process
        self._loop = loop
        self._process: subprocess.Popen[bytes] | None = process  # None after connection_lost()
        self._protocol = protocol
        self._pid = process.pid
        self._owner = os.getpid()
        self._returncode: int | None = None
        files = (process.stdin, process.stdout, process.stderr)
        self._pipes = {
            fd: _PipeProtocol(self, fd, file) for fd, file in enumerate(files) if file is not None
        }
        # What came before connection_made(), which is the first call; None from then on.
        self._early: deque[tuple[Callable[..., object], tuple[Any, ...]]] | None = deque()
        self._waiters: list[asyncio.Future[None]] | None = []  # None when nobody has to wait
        self._finished = False
        self._watcher = _watch(loop, process, self._ended)
        loop._children.add(self)
        self._closed = False

    async def _connect(self) -> None:
        """Make transports of the pipes, and call connection_made()."""
        for fd, proto in self._pipes.items():
            connect = self._loop.connect_read_pipe if fd else self._loop.connect_write_pipe
            await connect(proto.itself, proto.file)
        assert self._early is not None
        self._early.appendleft((self._protocol.connection_made, (self,)))
        made = self._loop.create_future()
        self._loop.call_soon(self._catch_up, made)
        await made

    def _catch_up(self, made: asyncio.Future[None]) -> None:
        """Make the early calls, in a callback each: one that raises does not stop the others."""
        assert self._early
        callback, args = self._early.popleft()
        try:
            callback(*args)
        finally:
            if self._early:
                self._loop.call_soon(self._catch_up, made)
            else:
                self._early = None
            if not made.done():
                made.set_result(None)

    def __repr__(self) -> str:
        info = [type(self).__name__, f"pid={self._pid}"]
        if self._closed:
            info.append("closed")
        info.append("running" if self._returncode is None else f"returncode={self._returncode}")
        for fd, name in enumerate(("stdin", "stdout", "stderr")):
            if fd in self._pipes:
                info.append(f"{name}={self._pipes[fd].pipe}")
        return f"<{' '.join(info)}>"

    def __del__(self) -> None:
        # The copy that a forked child has is not the owner of the process.
        if not self._closed and self._process is not None and os.getpid() == self._owner:
            warnings.warn(
                f"unclosed transport {self!r}", ResourceWarning, stacklevel=2, source=self
            )
            self.close()

    # -------------------------------------------------------------------- asyncio's

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        protocol: asyncio.BaseProtocol = self._protocol
        return protocol

    def is_closing(self) -> bool:
        return self._closed

    def get_pid(self) -> int:
        return self._pid

    def get_returncode(self) -> int | None:
        return self._returncode

    def get_pipe_transport(self, fd: int) -> asyncio.BaseTransport | None:
        return self._pipes[fd].pipe if fd in self._pipes else None

    def send_signal(self, signal: int) -> None:
        """Send the signal, unless the child has ended.

        Raises:
            ProcessLookupError: connection_lost() was called.
            PermissionError: The child has become another user's.
        """
        if self._process is None:
            raise ProcessLookupError
        if self._poll(self._process) is None:
            self._process.send_signal(signal)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def close(self) -> None:
        """Close the pipes at once, and kill the child if it runs."""
        if self._closed:
            return
        self._closed = True
        process = self._process
        if process is None:
            return
        # First of all: a child that sees the end of its input may yet do as it likes.
        if self._returncode is None and self._poll(process) is None:
            # It may have become another user's.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                process.kill()
        for proto in self._pipes.values():
            if proto.pipe is not None:
                proto.pipe._lose(None)
            else:  # _connect() failed
                proto.file.close()
                proto.disconnected = True

    async def _wait(self) -> int:
        """Return the exit status, when there is one and the pipes are at their end.

        But do not wait for pipes that another process has open, or nobody reads.
        """
        if self._waiters is not None:
            waiter: asyncio.Future[None] = self._loop.create_future()
            self._waiters.append(waiter)
            await waiter
        assert self._returncode is not None
        return self._returncode

    # -------------------------------------------------------------- what it is told

    def _call(self, callback: Callable[..., object], *args: Any) -> None:
        if self._early is None:
            callback(*args)
        else:
            self._early.append((callback, args))

    def _pipe_lost(self, fd: int, exc: BaseException | None) -> None:
        try:
            self._call(self._protocol.pipe_connection_lost, fd, exc)
        finally:
            self._try_finish()

    def _ended(self) -> None:
        """The child has ended, or has been reaped by others."""
        assert self._process is not None
        self._stop_watching()
        status = self._poll(self._process)
        if status is None:  # it is being traced, or another thread has Popen wait for it
            self._loop.call_later(_ASK_AGAIN, self._ended)
            return
        self._loop._children.discard(self)
        if self._loop.get_debug():
            logger.info("%r exited with return code %r", self, status)
        self._returncode = status
        try:
            self._call(self._protocol.process_exited)
        finally:
            self._try_finish()
            self._loop.call_soon(self._wake_soon, _LAST_TURNS)

    def _poll(self, process: subprocess.Popen[bytes]) -> int | None:
        """Reap the child if it has ended, and return its exit status, else None."""
        if process.returncode is None and hasattr(os, "waitid"):
            # Popen takes one that somebody else reaped for one that succeeded.
            try:
                os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                if process.returncode is None:
                    logger.warning(
                        "Unknown child process pid %d, will report returncode 255", process.pid
                    )
                    process.returncode = 255
        return process.poll()

    def _stop_watching(self) -> None:
        if self._watcher is not None:
            self._watcher.close()
            self._watcher = None

    def _try_finish(self) -> None:
        if self._returncode is None or self._finished:
            return
        if all(proto.disconnected for proto in self._pipes.values()):
            self._finished = True
            self._call(self._loop.call_soon, self._connection_lost)

    def _connection_lost(self) -> None:
        try:
            self._protocol.connection_lost(None)
        finally:
            self._process = None
            self._protocol = None
            self._wake()

    def _wake_soon(self, turns: int) -> None:
        if turns == 0:
            self._wake()
        elif self._process is not None:  # else connection_lost() was called
            connecting = self._early is not None and not self._closed
            self._loop.call_soon(self._wake_soon, turns if connecting else turns - 1)

    def _wake(self) -> None:
        waiters, self._waiters = self._waiters, None
        for waiter in waiters or ():
            if not waiter.done():
                waiter.set_result(None)


class _PipeProtocol(asyncio.Protocol):
    """Hands on to the process's protocol what one of its pipes says."""

    def __init__(self, process: ProcessTransport, fd: int, file: IO[bytes]) -> None:
        self._process = process
        self._fd = fd
        self.file = file
        self.pipe: Any = None
        self.disconnected = False

    def itself(self) -> _PipeProtocol:
        """The factory that connect_read_pipe and connect_write_pipe want."""
        return self

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.pipe = transport

    def data_received(self, data: bytes) -> None:
        self._process._call(self._process._protocol.pipe_data_received, self._fd, data)

    def connection_lost(self, exc: BaseException | None) -> None:
        self.disconnected = True
        self._process._pipe_lost(self._fd, exc)

    def pause_writing(self) -> None:
        self._process._protocol.pause_writing()

    def resume_writing(self) -> None:
        self._process._protocol.resume_writing()


# ---------------------------------------------------------------- waiting for the end


def _watch(
    loop: LoopBase, process: subprocess.Popen[bytes], callback: Callable[[], None]
) -> _Descriptor | _Thread | None:
    """Call back in the loop when the process has ended, and leave the reaping to the callback."""
    try:
        return _Descriptor(loop, process.pid, callback)
    except ProcessLookupError:  # SIGCHLD is ignored, and the child has gone
        loop.call_soon(callback)
        return None
    except (AttributeError, OSError):  # no such call in this system, or no descriptor left
        return _Thread(loop, process, callback)


class _Descriptor:
    """A descriptor of the process, which can be read once the process has ended. Linux 5.3."""

    def __init__(self, loop: LoopBase, pid: int, callback: Callable[[], None]) -> None:
        self._fd: int = os.pidfd_open(pid)
        watch = None
        try:
            watch = _core.Watch(loop, self._fd)
            watch.set(False, callback, ())
        except BaseException:
            if watch is not None:
                watch.close()
            os.close(self._fd)
            raise
        self._watch = watch

    def close(self) -> None:
        with contextlib.suppress(RuntimeError):  # a forked child leaves it to the parent
            self._watch.close()
        os.close(self._fd)


class _Thread:
    """A thread that waits for the process, where there is no descriptor for it."""

    def __init__(
        self, loop: LoopBase, process: subprocess.Popen[bytes], callback: Callable[[], None]
    ) -> None:
        self._loop = loop
        self._process = process
        self._callback = callback
        name = f"uvnet: waits for process {process.pid}"
        threading.Thread(target=self._wait, name=name, daemon=True).start()

    def _wait(self) -> None:
        if hasattr(os, "waitid"):
            with contextlib.suppress(ChildProcessError):
                os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT)
        else:
            self._process.wait()
        try:
            self._loop.call_soon_threadsafe(self._callback)
        except RuntimeError:  # the loop is closed: nobody else will reap it
            self._process.poll()

    def close(self) -> None:
        """Nothing: the thread ends with the process."""
