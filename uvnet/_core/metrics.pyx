"""Metrics: what a loop has done so far, for whoever watches over it."""

from typing import NamedTuple

from uvnet._core.loop cimport LOOP_CLOSED, Loop
from uvnet._core.uv cimport *

uvn_capi_import()

FIELDS = [
    ("turns", int, "How often the loop has looked for events."),
    ("events", int, "How many it has found: descriptors that were ready."),
    ("idle_time", float, "How long it has slept, for want of anything to do."),
    ("lag", float, "How long it took from one sleep, or look, to the next: the mean of all turns "
     "since the last reset. What is ready then has waited: for other callbacks, or for the GIL."),
    ("max_lag", float, "The longest of these: no event has had to wait longer."),
    ("open_handles", dict[str, int], "How many handles of each type are open, {'TCP': 3}: those "
     "that have not had their close callback yet. The loop's own are not counted."),
    ("refused_accepts", int, "How many connections were closed for want of descriptors. (Linux)"),
]
LoopMetrics = NamedTuple("LoopMetrics", [(name, kind) for name, kind, _ in FIELDS])
for _name, _, _text in FIELDS:
    getattr(LoopMetrics, _name).__doc__ = _text
del FIELDS
LoopMetrics.__module__ = __name__
LoopMetrics.__doc__ = """What a loop has done since it was made: Loop.metrics().

    Times are in seconds, and measured from the first call of metrics() on: they cost two looks at
    the clock a turn, up to 4 % of the instructions of a busy echo server.
    """


cdef void count_handle(uv_handle_t* handle, void* counts) noexcept:
    if handle.data == NULL:  # the loop's own
        return
    try:
        name = type(<object> handle.data).__name__
        (<dict> counts)[name] = (<dict> counts).get(name, 0) + 1
    except MemoryError:
        pass


def measure(Loop loop not None, bint reset):
    """Return the LoopMetrics of a loop.

    Args:
        loop: It; closed or not.
        reset: Have both lags begin anew, afterwards.
    """
    cdef uvn_metrics_t found
    cdef dict counts = {}
    uvn_loop_metrics(&loop.uvn, &found, reset)
    if loop.state != LOOP_CLOSED:
        uv_walk(&loop.uvn.uv, count_handle, <void*> counts)
    return LoopMetrics(
        found.turns, found.events, found.idle / 1e9, found.lag / 1e9, found.max_lag / 1e9, counts,
        loop.uvn.refused_accepts)
