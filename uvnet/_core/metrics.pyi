from typing import NamedTuple

from uvnet._core.loop import Loop

class LoopMetrics(NamedTuple):
    turns: int
    events: int
    idle_time: float
    lag: float
    max_lag: float
    open_handles: dict[str, int]
    refused_accepts: int

def measure(loop: Loop, reset: bool) -> LoopMetrics: ...
