"""What of a turn of the loop is its own: who waits in its queues, and when they are called."""

from uvnet._core.loop cimport Loop, uvn_ring_pop, uvn_ring_push
from uvnet._core.uv cimport *


cdef inline void on_idle(uv_idle_t* handle) noexcept:
    pass  # its being active is what matters


cdef inline int on_catch_up(uvn_loop_t* uvn) noexcept:
    """What was ready before the poll comes before what it has found, as in asyncio."""
    cdef Loop loop = <Loop> uvn.uv.data
    if loop.ready.count == 0 or loop.immediates.count != 0:  # they come after the poll, and first
        return 0
    loop.run_calls(&loop.ready, loop.ready.count)
    loop.next_turn = loop.ready.count
    return 1


cdef inline void on_check(uv_check_t* handle) noexcept:
    cdef Loop loop = <Loop> (<uv_handle_t*> handle).loop.data
    cdef size_t later = loop.next_turn
    cdef size_t todo

    loop.woken = False
    loop.next_turn = 0
    if loop.ticks.count != 0:  # from outside any scope, such as a destructor
        loop.drain_ticks()
    loop.run_calls(&loop.immediates, loop.immediates.count)

    try:
        while loop.due.count != 0:
            uvn_ring_push(&loop.ready, uvn_ring_pop(&loop.due))
        todo = loop.ready.count - later
        for _ in range(later):
            uvn_ring_push(&loop.ready, uvn_ring_pop(&loop.ready))
    except MemoryError as exc:
        loop.fail(exc)
    else:
        loop.run_calls(&loop.ready, todo)

    if loop.ticks.count != 0:  # from a destructor, after the last call
        loop.drain_ticks()
    if loop.stopping:
        uvn_loop_stop(&loop.uvn)
    elif loop.idle_active and loop.ready.count == 0 and loop.immediates.count == 0 and \
            loop.ticks.count == 0:
        loop.idle_active = False
        uv_idle_stop(&loop.idle)
