"""uvnet: Node's net for Python, and a drop-in asyncio event loop, on one libuv engine."""
from uvnet._version import __version__
