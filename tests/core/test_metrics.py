"""Loop.metrics(): turns, events, how long the loop sleeps, how long events wait, what is open."""

from __future__ import annotations

import json
import resource
import socket
import subprocess
import sys
import threading
import time
import warnings
from typing import Any

import pytest

import uvnet
from uvnet import _core, net
from uvnet._core import LoopMetrics

from .helpers import close

NAP = 0.05  # seconds; what is compared with it are sums and orders, not speeds


def nap() -> None:
    time.sleep(NAP)


def stop_after(loop: Any, turns: int) -> None:
    """Have the loop make this many turns without ever blocking."""

    def turn() -> None:
        nonlocal turns
        turns -= 1
        if turns > 0:
            loop.call_soon(turn)

    loop.call_soon(turn)


def test_a_new_loop(loop: Any) -> None:
    found = loop.metrics()
    assert isinstance(found, LoopMetrics)
    assert found == (0, 0, 0.0, 0.0, 0.0, {}, 0)
    assert found._fields == (
        "turns",
        "events",
        "idle_time",
        "lag",
        "max_lag",
        "open_handles",
        "refused_accepts",
    )


def test_both_faces_have_it(aio_loop: Any) -> None:
    aio_loop.run_until_complete(aio_loop.create_task(no_operation()))
    assert aio_loop.metrics().turns > 0


async def no_operation() -> None:
    pass


def test_it_becomes_json(loop: Any) -> None:
    timer = _core.Timer(loop)
    loop.metrics()
    loop.call_soon(nap)
    loop.run()
    found = loop.metrics()
    assert json.loads(json.dumps(found._asdict())) == {
        **found._asdict(),
        "open_handles": {"Timer": 1},
    }
    close(timer)


def test_turns(loop: Any) -> None:
    stop_after(loop, 100)
    loop.run()
    first = loop.metrics().turns
    assert 100 <= first <= 103
    stop_after(loop, 50)
    loop.run()
    assert 50 <= loop.metrics().turns - first <= 53


def test_events(loop: Any, connect: Any) -> None:
    handle, peer = connect()
    handle.onread = lambda nread, data: loop.stop()
    handle.read_start()
    before = loop.metrics().events
    for _ in range(20):
        peer.send(b"x")
        loop.run()
    assert 20 <= loop.metrics().events - before <= 25


def test_a_loop_that_sleeps_is_idle(loop: Any) -> None:
    loop.metrics()
    start = time.monotonic()
    for i in range(1, 5):
        loop.call_later(i * NAP, lambda: None)
    loop.run()
    elapsed = time.monotonic() - start
    found = loop.metrics()
    assert 2 * NAP <= found.idle_time <= elapsed
    assert found.lag <= found.max_lag <= elapsed - found.idle_time + 0.001


def test_a_loop_that_works_is_not_idle(loop: Any) -> None:
    loop.metrics()
    for _ in range(4):
        loop.call_soon(nap)
    start = time.monotonic()
    loop.run()
    elapsed = time.monotonic() - start
    found = loop.metrics()
    assert found.max_lag >= 4 * NAP
    assert found.idle_time + found.max_lag <= elapsed


def test_idle_and_busy_are_all_of_the_time(loop: Any) -> None:
    """Nothing is counted twice or lost, whatever the turns are like."""
    loop.metrics()
    stop_after(loop, 5000)
    loop.call_later(NAP, nap)
    loop.call_later(4 * NAP, stop_after, loop, 5000)
    start = time.monotonic()
    loop.run()
    elapsed = time.monotonic() - start
    found = loop.metrics()
    total = found.idle_time + found.lag * found.turns
    assert total <= elapsed
    assert total >= 0.5 * elapsed  # but for what is before and after libuv's run


def test_what_blocks_shows_as_lag(loop: Any) -> None:
    loop.metrics()
    stop_after(loop, 10)
    loop.run()
    loop.metrics(reset=True)
    stop_after(loop, 10)
    loop.call_soon(nap)
    loop.run()
    found = loop.metrics()
    assert found.max_lag >= NAP
    assert NAP / 20 <= found.lag < found.max_lag


def test_what_blocks_in_a_callback_of_io_shows(loop: Any, connect: Any) -> None:
    handle, peer = connect()

    def on_read(nread: int, data: Any) -> None:
        nap()
        loop.stop()

    handle.onread = on_read
    handle.read_start()
    loop.metrics()
    peer.send(b"x")
    loop.run()
    assert loop.metrics().max_lag >= NAP


def test_waiting_for_the_gil_shows(loop: Any) -> None:
    """The loop has been woken, and yet its callbacks do not run."""
    begun = threading.Event()

    def hold() -> None:
        begun.wait()
        interval = sys.getswitchinterval()
        sys.setswitchinterval(10)  # nobody else gets it meanwhile
        try:
            end = time.monotonic() + 6 * NAP
            while time.monotonic() < end:
                pass
        finally:
            sys.setswitchinterval(interval)

    thread = threading.Thread(target=hold)
    thread.start()
    loop.metrics()
    loop.call_soon(begun.set)
    loop.call_later(NAP, lambda: None)
    loop.run()
    thread.join()
    assert loop.metrics().max_lag >= NAP


def test_reset(loop: Any) -> None:
    loop.metrics()
    loop.call_soon(nap)
    loop.run()
    found = loop.metrics(reset=True)
    assert found.max_lag >= NAP
    after = loop.metrics()
    assert (after.lag, after.max_lag) == (0.0, 0.0)
    assert after[:3] == found[:3]
    stop_after(loop, 3)
    loop.run()
    after = loop.metrics()
    assert after.max_lag > 0
    assert after.turns > found.turns


def test_what_is_not_asked_for_is_not_measured(loop: Any) -> None:
    loop.call_soon(nap)
    loop.call_later(NAP, lambda: None)
    loop.run()
    found = loop.metrics()
    assert found.turns > 0
    assert (found.idle_time, found.lag, found.max_lag) == (0.0, 0.0, 0.0)


def test_asked_first_by_another_thread_while_it_sleeps(loop: Any) -> None:
    """What it has slept already is neither idle time nor lag."""
    found: list[Any] = []

    def ask() -> None:
        time.sleep(NAP)
        found.append(loop.metrics())
        time.sleep(NAP)
        loop.call_soon_threadsafe(loop.stop)

    thread = threading.Thread(target=ask)
    start = time.monotonic()
    thread.start()
    loop.run_forever()
    elapsed = time.monotonic() - start
    thread.join()
    assert found[0][2:5] == (0.0, 0.0, 0.0)
    after = loop.metrics()
    assert 0 < after.idle_time <= elapsed - NAP
    assert after.idle_time + after.lag * after.turns <= elapsed - NAP


def test_it_can_be_asked_in_a_callback(loop: Any) -> None:
    found: list[LoopMetrics] = []
    loop.metrics()
    loop.call_soon(lambda: found.append(loop.metrics()))
    loop.call_later(NAP, lambda: found.append(loop.metrics()))
    loop.run()
    assert found[0].turns < found[1].turns
    assert found[0].idle_time < found[1].idle_time


def test_the_time_between_two_runs_does_not_count(loop: Any) -> None:
    loop.metrics()
    loop.call_soon(lambda: None)
    loop.run()
    before = loop.metrics(reset=True)
    time.sleep(10 * NAP)
    loop.call_soon(lambda: None)
    loop.run()
    found = loop.metrics()
    assert found.max_lag < 10 * NAP
    assert found.idle_time - before.idle_time < 10 * NAP


# --------------------------------------------------------------------------- handles


class Mine(_core.TCP):
    pass


def test_handles_by_type(loop: Any) -> None:
    handles = [_core.TCP(loop), _core.TCP(loop), _core.Pipe(loop), _core.Timer(loop), Mine(loop)]
    handles.append(_core.Async(loop, lambda: None))
    expected = {"TCP": 2, "Pipe": 1, "Timer": 1, "Mine": 1, "Async": 1}
    assert loop.metrics().open_handles == expected
    assert sum(expected.values()) == loop.open_handles
    handles[0].close()
    assert loop.metrics().open_handles == expected, "it has not had its close callback yet"
    close(handles[0])
    assert loop.metrics().open_handles == {**expected, "TCP": 1}
    close(*handles[1:])
    assert loop.metrics().open_handles == {}


def test_the_loops_own_are_not_counted(aio_loop: Any) -> None:
    aio_loop.call_later(0, aio_loop.stop)
    aio_loop.run_forever()
    assert aio_loop.metrics().open_handles == {}


def test_a_closed_loop() -> None:
    loop = _core.Loop()
    loop.metrics()
    stop_after(loop, 10)
    loop.call_soon(nap)
    loop.run()
    before = loop.metrics()
    timer = _core.Timer(loop)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loop.close()
    found = loop.metrics()
    assert timer.closed
    assert found.open_handles == {}
    assert found.turns >= before.turns
    assert found.max_lag == before.max_lag
    assert loop.metrics(reset=True) == found
    assert loop.metrics().max_lag == 0.0


def test_wrong_arguments(loop: Any) -> None:
    with pytest.raises(TypeError):
        loop.metrics(True)
    with pytest.raises(TypeError):
        loop.metrics(resets=True)


# -------------------------------------------------------------------- refused accepts

CLIENTS = """
import socket, sys
port, count = map(int, sys.argv[1:])
input()
refused = 0
for _ in range(count):
    with socket.create_connection(("127.0.0.1", port)) as client:
        try:
            refused += client.recv(1) == b""
        except ConnectionResetError:
            refused += 1
print(refused)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only there they are counted")
def test_refused_accepts() -> None:
    """Out of descriptors, those who wait are told so, and counted."""
    count = 4096
    server = net.create_server().listen(0)
    loop = _core.current_loop()
    clients = subprocess.Popen(
        [sys.executable, "-c", CLIENTS, str(server.address().port), str(count)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert clients.stdin is not None
    assert clients.stdout is not None
    end = clients.stdout.fileno()
    done = _core.Poll(None, end, lambda status, events: (done.close(), server.close()))
    assert done.start(_core.UV_READABLE) == 0
    loop.stop()
    loop.run()  # which opens what a run needs
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    with socket.socket() as lowest:
        resource.setrlimit(resource.RLIMIT_NOFILE, (lowest.fileno(), limits[1]))
    try:
        print(file=clients.stdin, flush=True)
        uvnet.run()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert clients.communicate()[0] == f"{count}\n"
    found = loop.metrics()
    assert found.refused_accepts == count
    assert found.refused_accepts == loop.counters()["refused_accepts"]
    assert found.open_handles == {}
