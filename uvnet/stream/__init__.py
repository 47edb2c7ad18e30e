"""Streams: sources and sinks of data, with backpressure. Node: the stream module.

Usable without uvnet.net: derive from Readable, Writable, Duplex or Transform.
"""

from uvnet.stream import promises
from uvnet.stream import reading as _reading  # noqa: F401  (Readable calls it)
from uvnet.stream.add_abort_signal import add_abort_signal
from uvnet.stream.duplex import Duplex
from uvnet.stream.duplex_pair import duplex_pair
from uvnet.stream.finished import finished
from uvnet.stream.passthrough import PassThrough
from uvnet.stream.pipeline import pipeline
from uvnet.stream.readable import Readable
from uvnet.stream.state import (
    Stream,
    get_default_high_water_mark,
    set_default_high_water_mark,
)
from uvnet.stream.transform import Transform
from uvnet.stream.utils import (
    is_destroyed,
    is_disturbed,
    is_errored,
    is_readable,
    is_writable,
)
from uvnet.stream.writable import Chunk, Writable

__all__ = [
    "Chunk",
    "Duplex",
    "PassThrough",
    "Readable",
    "Stream",
    "Transform",
    "Writable",
    "add_abort_signal",
    "duplex_pair",
    "finished",
    "get_default_high_water_mark",
    "is_destroyed",
    "is_disturbed",
    "is_errored",
    "is_readable",
    "is_writable",
    "pipeline",
    "promises",
    "set_default_high_water_mark",
]
