"""The low-level API: libuv's handles and requests as Node's bindings present them.

Methods return 0 or a negative errno and call back; they raise for misuse alone. The layers above
turn a number into an exception. Usable from Python, and from Cython through the .pxd files.
"""

import uvnet._core.collect  # noqa: F401  # for its effect: the collector sees loops
import uvnet._core.soon  # noqa: F401  # for its effect: a quicker Loop.call_soon
from uvnet._core import constants
from uvnet._core.addr import is_ip
from uvnet._core.block_list import BlockRules, SockAddr
from uvnet._core.build import build_info, version
from uvnet._core.call import Call
from uvnet._core.ceiling import bulk_ceiling, echo_ceiling
from uvnet._core.constants import *  # noqa: F403
from uvnet._core.constants import error_name, error_text
from uvnet._core.current import current_loop
from uvnet._core.dns import GetAddrInfoReq, GetNameInfoReq, getaddrinfo, getnameinfo
from uvnet._core.fast import fast_paths
from uvnet._core.handle import Handle, Request
from uvnet._core.idle import IdleTimer
from uvnet._core.loop import Loop, TimerCall
from uvnet._core.metrics import LoopMetrics
from uvnet._core.pipe import Pipe
from uvnet._core.poll import Poll, Watch
from uvnet._core.resolution import Resolution, resolve
from uvnet._core.signal import Signal
from uvnet._core.sock import SockCall, SockMethods, socket_check
from uvnet._core.sockwatch import SockWatch
from uvnet._core.stream import ConnectReq, ShutdownReq, Stream, WriteReq
from uvnet._core.tcp import TCP
from uvnet._core.timer import Timer
from uvnet._core.udp import UDP
from uvnet._core.wakeup import Async

__all__ = [
    "TCP",
    "UDP",
    "Async",
    "BlockRules",
    "Call",
    "ConnectReq",
    "GetAddrInfoReq",
    "GetNameInfoReq",
    "Handle",
    "IdleTimer",
    "Loop",
    "LoopMetrics",
    "Pipe",
    "Poll",
    "Request",
    "Resolution",
    "ShutdownReq",
    "Signal",
    "SockAddr",
    "SockCall",
    "SockMethods",
    "SockWatch",
    "Stream",
    "Timer",
    "TimerCall",
    "Watch",
    "WriteReq",
    "build_info",
    "bulk_ceiling",
    "current_loop",
    "echo_ceiling",
    "error_name",
    "error_text",
    "fast_paths",
    "getaddrinfo",
    "getnameinfo",
    "is_ip",
    "resolve",
    "socket_check",
    "version",
]
__all__ += constants.__all__
