"""Streams: sources and sinks of data, with backpressure. Node: the stream module.

Usable without uvnet.net: derive from Readable, Writable, Duplex or Transform.
"""

from uvnet.stream.duplex import Duplex
from uvnet.stream.readable import Readable
from uvnet.stream.state import (
    Stream,
    get_default_high_water_mark,
    set_default_high_water_mark,
)
from uvnet.stream.writable import Chunk, Writable

__all__ = [
    "Chunk",
    "Duplex",
    "Readable",
    "Stream",
    "Writable",
    "get_default_high_water_mark",
    "set_default_high_water_mark",
]
