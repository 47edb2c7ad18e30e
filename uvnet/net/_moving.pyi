from uvnet import _core
from uvnet.net._stream_base import StreamBase

def give_away(socket: StreamBase) -> tuple[_core.TCP | _core.Pipe, bytes]: ...
