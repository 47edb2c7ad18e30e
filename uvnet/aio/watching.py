"""Watching: add_reader, add_writer and their like, for descriptors that others own."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeVarTuple

from uvnet import _core

if TYPE_CHECKING:
    from uvnet.aio._base import LoopBase
else:
    LoopBase = object

_Ts = TypeVarTuple("_Ts")


class HasFileno(Protocol):
    def fileno(self) -> int: ...


class Watching(LoopBase):
    """The part of the loop that calls back for the readiness of descriptors."""

    def __init__(self) -> None:
        self._watches: dict[int, _core.SockWatch] = {}
        self._files: dict[int, HasFileno] = {}  # what has a fileno() no more once it is closed

    def add_reader(
        self, fd: int | HasFileno, callback: Callable[[*_Ts], object], *args: *_Ts
    ) -> None:
        """Call callback(*args) whenever `fd` can be read, or is at its end.

        Args:
            fd: A descriptor, or what has a fileno(). Stays the caller's: remove it here before
                closing it.
            callback: Called in the current context; replaces an earlier one.

        Raises:
            ValueError: `fd` is no descriptor.
            OSError: It is closed, or a regular file, or one of the loop's own connections.
            RuntimeError: The loop is closed, or a transport uses the descriptor.
        """
        self._ensure_fd_no_transport(fd)
        self._add(False, fd, callback, args)

    def add_writer(
        self, fd: int | HasFileno, callback: Callable[[*_Ts], object], *args: *_Ts
    ) -> None:
        """Call callback(*args) whenever `fd` can be written. See add_reader."""
        self._ensure_fd_no_transport(fd)
        self._add(True, fd, callback, args)

    def remove_reader(self, fd: int | HasFileno) -> bool:
        """Stop calling the reader of `fd`; return whether there was one.

        Raises:
            ValueError, RuntimeError: As add_reader.
        """
        self._ensure_fd_no_transport(fd)
        return self._remove(False, fd)

    def remove_writer(self, fd: int | HasFileno) -> bool:
        """Stop calling the writer of `fd`; return whether there was one. See remove_reader."""
        self._ensure_fd_no_transport(fd)
        return self._remove(True, fd)

    # The same for who may: transports, and what derives from asyncio's loop.

    def _add_reader(
        self, fd: int | HasFileno, callback: Callable[[*_Ts], object], *args: *_Ts
    ) -> _core.Call:
        return self._add(False, fd, callback, args)

    def _add_writer(
        self, fd: int | HasFileno, callback: Callable[[*_Ts], object], *args: *_Ts
    ) -> _core.Call:
        return self._add(True, fd, callback, args)

    def _remove_reader(self, fd: int | HasFileno) -> bool:
        return self._remove(False, fd)

    def _remove_writer(self, fd: int | HasFileno) -> bool:
        return self._remove(True, fd)

    def _ensure_fd_no_transport(self, fd: int | HasFileno) -> None:
        transport = self._transports.get(self._number(fd))
        if transport is not None and not transport.is_closing():
            raise RuntimeError(f"File descriptor {fd!r} is used by transport {transport!r}")

    def _add(
        self,
        write: bool,
        fd: int | HasFileno,
        callback: Callable[[*_Ts], object],
        args: tuple[*_Ts],
    ) -> _core.Call:
        self._check_closed()
        number = _fileno(fd)
        watch = self._watches.get(number)
        if watch is None:
            watch = _core.SockWatch(self, number)
            self._watches[number] = watch
        if not isinstance(fd, int):
            self._files[number] = fd
        return watch.set(write, callback, args)

    def _remove(self, write: bool, fd: int | HasFileno) -> bool:
        if self.is_closed():
            return False
        number = self._number(fd)
        watch = self._watches.get(number)
        if watch is None:
            return False
        removed = watch.remove(write)
        if watch.idle:
            del self._watches[number]
            self._files.pop(number, None)
            watch.close()
        return removed

    def _forget_watch(self, fd: int) -> None:
        """Watch the descriptor no more, for whoever waits: it is about to be closed."""
        watch = self._watches.pop(fd, None)
        self._files.pop(fd, None)
        if watch is not None:
            watch.close()

    def _number(self, fd: int | HasFileno) -> int:
        """Return the number under which `fd`, which may be closed meanwhile, is watched."""
        try:
            return _fileno(fd)
        except ValueError:
            for number, file in self._files.items():
                if file is fd:
                    return number
            raise

    def _watch_failed(self, watch: _core.Watch, status: int) -> None:
        """The descriptor was closed without being removed here first."""
        self._watches.pop(watch.fd, None)
        self._files.pop(watch.fd, None)
        watch.close()
        self.call_exception_handler(
            {
                "message": f"Descriptor {watch.fd} was closed while the loop watched it: "
                "call remove_reader() and remove_writer() first",
                "exception": OSError(-status, os.strerror(-status)),
            }
        )

    def _close_watches(self) -> None:
        for watch in self._watches.values():
            with contextlib.suppress(RuntimeError):  # a forked child leaves them to the parent
                watch.close()
        self._watches.clear()
        self._files.clear()


def _fileno(fd: int | HasFileno) -> int:
    if isinstance(fd, int):
        number = fd
    else:
        try:
            number = int(fd.fileno())
        except (AttributeError, TypeError, ValueError):
            raise ValueError(f"Invalid file object: {fd!r}") from None
    if number < 0:
        raise ValueError(f"Invalid file descriptor: {number}")
    return number
