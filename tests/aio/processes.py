"""What the tests of subprocesses need."""

from __future__ import annotations

import asyncio
import errno
import os
import sys
import threading
from asyncio.subprocess import PIPE

import pytest

from .helpers import PATIENCE

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
ROOT = pytest.mark.skipif(os.getuid() != 0, reason="becomes another user")


def soon(awaitable):
    return asyncio.wait_for(awaitable, PATIENCE)


async def start(*args, **options):
    return await asyncio.create_subprocess_exec(*args, **options)


async def output(*args, **options):
    """Return what the program writes, and see that it ends well."""
    process = await start(*args, stdout=PIPE, **options)
    out, _ = await soon(process.communicate())
    assert process.returncode == 0
    return out


class Protocol(asyncio.SubprocessProtocol):
    """Records what it is told; `lost` has the result of connection_lost()."""

    def __init__(self):
        self.events = []
        self.data = {1: b"", 2: b""}
        self.lost = asyncio.get_running_loop().create_future()

    def connection_made(self, transport):
        self.events.append("made")

    def pipe_data_received(self, fd, data):
        assert self.events[0] == "made" and ("pipe lost", fd, None) not in self.events
        self.data[fd] += data

    def pipe_connection_lost(self, fd, exc):
        self.events.append(("pipe lost", fd, exc))

    def process_exited(self):
        self.events.append("exited")

    def connection_lost(self, exc):
        self.events.append("lost")
        self.lost.set_result(exc)


def threading_names():
    return [thread.name for thread in threading.enumerate() if "process" in thread.name]


def no_descriptor(pid):
    raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
