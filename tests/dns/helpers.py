"""What the tests of dns share: answers, and a resolver that hangs."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

import uvnet
from uvnet import dns

Answer = tuple[Any, ...]


def answer_of(start: Callable[..., Any], *args: Any, **options: Any) -> Answer:
    """Return what the callback gets: start(*args, callback, **options)."""
    answers: list[Answer] = []
    start(*args, lambda *answer: answers.append(answer), **options)
    assert not answers, "called back at once"
    uvnet.run()
    [answer] = answers
    return answer


def look_up(hostname: str, **options: Any) -> Answer:
    return answer_of(dns.lookup, hostname, **options)


# glibc reads the file named by HOSTALIASES in each lookup of a name without a dot. A FIFO stops it
# there, and with it the only thread of the pool: what follows waits in the queue.
BLOCKED = """
import asyncio, os, time, weakref
import uvnet
from uvnet import _core, dns, net

fifo = os.environ["HOSTALIASES"]
os.mkfifo(fifo)

def unexpected(*args):
    os._exit(3)

def turn():
    loop = _core.current_loop()
    loop.set_immediate(loop.stop)
    loop.run()

def block(loop):
    "Begin a lookup on this loop that never ends."
    request = _core.GetAddrInfoReq(unexpected)
    assert _core.getaddrinfo(request, "name", loop=loop) == 0
    return wait_until_begun()

def wait_until_begun():
    while True:
        try:
            return os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:  # nobody reads it yet
            time.sleep(0.005)
"""

blocking = pytest.mark.skipif(
    "CS_GNU_LIBC_VERSION" not in os.confstr_names or not os.path.isdir("/proc/self/task"),
    reason="needs the GNU C library to make a lookup hang",
)
