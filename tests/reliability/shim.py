"""The test's half of shim.c: what a preloaded process is to suffer, and what it has suffered."""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
from pathlib import Path
from typing import Any

CALLS = ["accept4", "setsockopt", "ioctl", "read", "write", "writev", "connect", "epoll_ctl"]
ERRORS = 8
FOREVER = 0xFFFFFFFF


class Demand(ctypes.Structure):
    """struct demand of shim.c."""

    _fields_ = [
        ("left", ctypes.c_uint32),
        ("per_mille", ctypes.c_uint32),
        ("accepted_only", ctypes.c_uint32),
        ("errors", ctypes.c_int32 * ERRORS),
        ("calls", ctypes.c_uint32),
        ("faults", ctypes.c_uint32),
    ]


class Control(ctypes.Structure):
    """struct control of shim.c."""

    _fields_ = [
        ("random", ctypes.c_uint32),
        ("accepted", ctypes.c_int32),
        ("demands", Demand * len(CALLS)),
    ]


class Shim:
    """The memory shared with the processes started in its `environment`.

    demand("accept4", "EMFILE") makes a call fail from then on, demand("accept4", times=0) no more.

    Args:
        library: The compiled shim.c.
        path: A file that does not exist yet.
        seed: Of the chances, not 0.
    """

    def __init__(self, library: str, path: Path, seed: int = 1) -> None:
        path.write_bytes(bytes(ctypes.sizeof(Control)))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 0)
        self._control = Control.from_buffer(self._memory)
        self._control.random = seed
        self._control.accepted = -1
        preloaded = os.environ.get("LD_PRELOAD", "")  # a sanitizer, which must come first
        self.environment = {
            "LD_PRELOAD": f"{preloaded}:{library}".lstrip(":"),
            "SHIM_CONTROL": str(path),
        }

    def __getitem__(self, call: str) -> Any:
        """The demand on this call, with its counters `calls` and `faults`."""
        return self._control.demands[CALLS.index(call)]

    def demand(
        self,
        call: str,
        *errors: str,
        times: int = FOREVER,
        per_mille: int = 1000,
        accepted_only: bool = False,
    ) -> None:
        """Have calls on sockets fail from now on.

        Args:
            call: One of CALLS.
            errors: Names of up to eight errors, one of which is chosen by chance.
            times: How many calls are to fail.
            per_mille: The chance of a call to fail.
            accepted_only: Only the first call on a socket that has just been accepted.
        """
        demand = self[call]
        demand.left = 0
        numbers = [getattr(errno, name) for name in errors]
        demand.errors[:] = (numbers * ERRORS)[:ERRORS] or [0] * ERRORS
        demand.per_mille = per_mille
        demand.accepted_only = accepted_only
        demand.left = times

    def close(self) -> None:
        del self._control
        self._memory.close()

    def __enter__(self) -> Shim:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
