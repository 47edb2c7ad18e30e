from typing_extensions import disjoint_base

from uvnet.net._stream_base import StreamBase

@disjoint_base
class SpliceBase(StreamBase):
    @property
    def readable_flowing(self) -> bool | None: ...
    @readable_flowing.setter
    def readable_flowing(self, value: bool | None) -> None: ...
    @property
    def writable_length(self) -> int: ...
