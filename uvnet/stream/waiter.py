"""Awaiting: who waits for data of a stream, as the stream sees it."""

from __future__ import annotations


class Awaiting:
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


install_steps(Awaiting)
