"""What a coroutine that reads from a stream awaits.

Steps is the awaitable, Waiter the future behind it, Awaiting what the stream knows of it.
"""

from __future__ import annotations

import sys
from asyncio import CancelledError, Future, InvalidStateError

import cython

from uvnet._core.current import current_loop


class Waiter:
    """A future without a result, for one task at a time, that is used again.

    A task takes it for an asyncio.Future. It saves making one for each chunk; and data that
    arrives resumes the task at once, as Node's microtasks do, not in the next turn.
    """

    def begin(self):
        """Make it pending."""
        if self._loop is None:
            self._loop = current_loop()
            self.done_future = Future(loop=self._loop)
            self.done_future.set_result(None)
            self.add_done_callback = self._add_done_callback
        self.state = PENDING
        self._asyncio_future_blocking = True
        return 0

    def resume(self):
        """Resume the task now. Called from the callback of an I/O event, never within a task."""
        self.state = DONE
        callback = self.callback
        context = self.context
        self.callback = self.context = None
        if callback is None:
            return 0
        if context is None:
            callback(self.done_future)
            return 0
        PyContext_Enter(context)
        try:
            callback(self.done_future)
        finally:
            PyContext_Exit(context)
        return 0

    def end(self):
        """It will not be awaited again."""
        self.add_done_callback = None  # a cycle
        return 0

    def finish(self):
        """Let the task go on in its turn."""
        self.state = DONE
        self._schedule()
        return 0

    def _schedule(self) -> None:
        callback, context = self.callback, self.context
        self.callback = self.context = None
        if callback is not None:
            self._loop.call_soon(callback, self, context=context)

    # ------------------------------------------------------ what a task wants of a future

    def _add_done_callback(self, callback, *, context=None) -> None:
        """Call callback(self) when it is done."""
        if self.callback is not None:
            raise RuntimeError("somebody waits for this chunk already")
        self.callback = callback
        self.context = context
        if self.state != PENDING:
            self._schedule()

    def remove_done_callback(self, callback) -> int:
        """Do not call it. Returns how often it was to be called."""
        if self.callback is None or self.callback != callback:
            return 0
        self.callback = self.context = None
        return 1

    def cancel(self, msg=None) -> bool:
        """Make the task go on with CancelledError. Returns whether it was pending."""
        if self.state != PENDING:
            return False
        self.state = CANCELLED
        self.message = msg
        self._schedule()
        return True

    def done(self) -> bool:
        """Return whether nothing is waited for."""
        return self.state != PENDING

    def cancelled(self) -> bool:
        """Return whether it was cancelled."""
        return self.state == CANCELLED

    def result(self) -> None:
        """Return None, or raise CancelledError."""
        if self.state == PENDING:
            raise InvalidStateError("the chunk is not there yet")
        if self.state == CANCELLED:
            raise CancelledError() if self.message is None else CancelledError(self.message)

    def exception(self) -> None:
        """Return None, or raise CancelledError."""
        self.result()


class Steps:
    """An awaitable that takes one step at a time, and makes no object for a wait."""

    def __await__(self):
        return self

    def __iter__(self):  # for `yield from`, as asyncio.wait_for() has it
        return self

    def __next__(self):
        return self.step()  # never called: next_step() is

    def send(self, value):
        """Go on: what a coroutine that awaits it calls."""
        return next(self)

    def step(self):
        """Set the value, or return the future to wait for."""
        raise TypeError("made without a stream")

    def __reduce__(self):
        raise TypeError(f"cannot copy or pickle {type(self).__name__!r} object")


class Awaiting(Steps):
    """Who waits for data of a stream, as the stream sees it."""

    def waits(self):
        """Return whether somebody does wait: two at once would take each other's data."""
        return self.waiter is not None and self.waiter.state == PENDING

    def deliver(self, chunk):
        """Hand over what was read; return whether it was taken. Within an I/O callback only."""
        return False

    def changed(self):
        """There is more in the buffer, the stream has ended, failed, or flows."""
        return 0

    def disturbed(self):
        """The buffer is not what it was, plus something at its end."""
        return 0


def add_fast(self, args, nargs, kwnames):
    """What add_done_callback() is in truth."""
    if (
        nargs == 1
        and kwnames != cython.NULL
        and is_context_alone(kwnames)
        and self.callback is None
        and self.state == PENDING
    ):
        self.callback = cython.cast(object, args[0])
        self.context = cython.cast(object, args[1])
        return None
    return uvn_call_method(slow_add, self, args, nargs, kwnames)


context_name = sys.intern("context")
slow_add = None
install_add_fast()
install_steps(Steps)
