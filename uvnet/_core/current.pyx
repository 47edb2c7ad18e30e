"""Which loop a handle belongs to that was not given one; and what a fork does to loops."""

import os
import signal as _signal
import threading

from uvnet._core.loop import _live_loops
from uvnet._core.loop cimport LOOP_OPEN, Loop, running_loop

cdef object default_loops = threading.local()

# Set by uvnet, so that _core need not import asyncio.
cdef object make_loop = Loop
cdef object foreign_loop = None


cpdef Loop current_loop():
    """Return the running loop if it is ours, else this thread's default loop, made when needed.

    Raises:
        RuntimeError: The running loop is not ours.
    """
    cdef Loop loop = running_loop()
    if loop is not None:
        return loop
    foreign = foreign_loop() if foreign_loop is not None else None
    if foreign is not None:
        raise RuntimeError(
            f"{foreign!r} is running, which is not an uvnet loop: start the program with "
            "uvnet.run(), or pass loop_factory=uvnet.new_event_loop to asyncio.Runner")
    loop = getattr(default_loops, "loop", None)
    if loop is None or loop.inherited or loop.is_closed():
        loop = default_loops.loop = make_loop()
    return loop


def register(*, factory, running) -> None:
    """Tell _core what the layer above knows; called once, when uvnet is imported.

    Args:
        factory: Makes a thread's default loop.
        running: Returns the running event loop of whatever kind, or None.
    """
    global make_loop, foreign_loop
    make_loop, foreign_loop = factory, running


def after_fork_in_child() -> None:
    """A forked child shares its parent's epoll set: touching it would unhook the parent."""
    cdef Loop loop
    cdef int wakeup_fd = _signal.set_wakeup_fd(-1)
    for loop in list(_live_loops):
        if loop.state != LOOP_OPEN:
            continue
        loop.forked()
        if loop.wakeup_fds[1] == wakeup_fd:
            wakeup_fd = -1  # a signal of the child's would wake the parent
    _signal.set_wakeup_fd(wakeup_fd)


os.register_at_fork(after_in_child=after_fork_in_child)
