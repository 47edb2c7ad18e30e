import weakref
from asyncio import StreamReader
from typing import final

@final
class ReaderFeed:
    def __init__(self, reference: weakref.ref[StreamReader]) -> None: ...
