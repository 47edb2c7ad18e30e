"""What binds CPython's tests of streams to the native ones: imported as a loop's module."""

import asyncio

from uvnet import new_event_loop
from uvnet.aio import streams

__all__ = ["new_event_loop"]

streams.install()  # for the whole process, which runs these tests alone
assert asyncio.StreamReader is asyncio.streams.StreamReader is streams.StreamReader
