"""Which loop a handle belongs to that was not given one; and what a fork does to loops."""

import os
import signal as _signal
import sys
import threading

from uvnet._core.loop import _live_loops
from uvnet._core.loop cimport LOOP_OPEN, Loop, running_loop, uvn_thread

cdef object default_loops = threading.local()
cdef object is_finalizing = sys.is_finalizing  # also when the modules are gone

# Set by uvnet, so that _core need not import asyncio.
cdef object make_loop = Loop
cdef object foreign_loop = None


cdef class _Owner:
    """What a thread has of its default loop: closes it when the thread ends.

    But not in a forked child, where what the other threads had is dropped by the one that is left,
    before anybody is told of the fork: the descriptors are the parent's as well.
    """
    cdef Loop loop
    cdef unsigned long thread

    def __del__(self):
        if self.thread != uvn_thread() or self.loop.inherited or is_finalizing():
            return
        if self.loop.thread == 0 and self.loop.handles == 0:  # else it warns, as any loop does
            self.loop.close()


cpdef Loop current_loop():
    """Return the running loop if it is ours, else this thread's default loop, made when needed.

    A default loop is closed when its thread ends, if it does not run and has no open handle then.

    Raises:
        RuntimeError: The running loop is not ours.
    """
    cdef Loop loop = running_loop()
    cdef _Owner owner
    if loop is not None:
        return loop
    foreign = foreign_loop() if foreign_loop is not None else None
    if foreign is not None:
        raise RuntimeError(
            f"{foreign!r} is running, which is not an uvnet loop: start the program with "
            "uvnet.run(), or pass loop_factory=uvnet.new_event_loop to asyncio.Runner")
    owner = getattr(default_loops, "owner", None)
    if owner is None or owner.loop.inherited or owner.loop.is_closed():
        loop = make_loop()
        owner = _Owner.__new__(_Owner)
        owner.loop = loop
        owner.thread = uvn_thread()
        default_loops.owner = owner
    return owner.loop


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
