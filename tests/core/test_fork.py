"""A forked child has nothing of its parent's loops, and takes nothing from them."""

from __future__ import annotations

import os

import pytest

from .helpers import PATIENCE

PRELUDE = f"""
import asyncio, gc, os, select, signal, socket, sys, threading, time, warnings
import uvnet
from uvnet import _core
warnings.simplefilter("ignore", DeprecationWarning)  # of a fork with threads
PATIENCE = {PATIENCE}


def refused(function, *args):
    try:
        result = function(*args)
    except RuntimeError:
        return
    raise SystemExit(f"{{function}} returned {{result}} in the child")


def finish(pid):
    "Wait for the child without the loop, and end as it ended."
    deadline = time.monotonic() + PATIENCE
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            break
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.005)
    assert status == 0, f"the child ended with {{os.waitstatus_to_exitcode(status)}}"


def echo_pair(loop):
    here, there = socket.socketpair()
    handle = _core.Pipe(loop)
    assert handle.open(here.detach()) == 0
    handle.onread = lambda nread, data: handle.write_buffer(None, data)
    handle.read_start()
    there.settimeout(PATIENCE)
    return handle, there


def still_echoes(loop, peer, times=3):
    for i in range(times):
        peer.sendall(b"%d" % i)
        stop = loop.call_later(PATIENCE, loop.stop)
        timer = loop.call_later(0.01, loop.stop)
        loop.run_forever()
        stop.cancel()
        assert peer.recv(10) == b"%d" % i


def child_work():
    "A new loop does everything."
    loop = _core.Loop()
    handle, peer = echo_pair(loop)
    still_echoes(loop, peer)
    handle.close()
    loop.run()
    loop.close()
    assert uvnet.run(asyncio.sleep(0.001, "result")) == "result"
    default = _core.current_loop()
    default.call_soon(default.stop)
    default.run()
    default.close()
"""

USE_INHERITED = """
def use_inherited(loop, handle, others):
    for call in (loop.run, loop.run_forever):
        refused(call)
    for schedule in (loop.call_soon, loop.call_soon_threadsafe, loop.next_tick, loop.set_immediate):
        refused(schedule, print)
    refused(loop.call_later, 0, print)
    for make in (_core.TCP, _core.Pipe, _core.Timer, _core.Async, _core.Signal):
        refused(make, loop)
    refused(_core.Poll, loop, 0)
    refused(lambda: _core.getaddrinfo(_core.GetAddrInfoReq(), "127.0.0.1", loop=loop))
    for name, *args in [("read_start",), ("read_stop",), ("write_buffer", None, b"from the child"),
                        ("writev", None, [b"x"]), ("shutdown", _core.ShutdownReq()), ("close",),
                        ("ref",), ("unref",), ("use_user_buffer", None), ("listen", 1),
                        ("open", 0), ("set_blocking", True), ("unsplice",)]:
        refused(getattr(handle, name), *args)
    for other in others:
        for name in ("start", "stop", "send", "close"):
            if hasattr(other, name):
                refused(getattr(other, name), *([1] if name == "start" else []))
"""


def forked(python, code, **options):
    done = python(PRELUDE + USE_INHERITED + code, timeout=2 * PATIENCE, **options)
    assert done.stdout == "parent done\n", done.stdout + done.stderr
    assert done.stderr == ""


ENDS = {
    "os._exit": "os._exit(0)",
    "sys.exit": "sys.exit(0)",
    "close": "loop.close(); assert loop.is_closed(); gc.collect(); sys.exit(0)",
    "collect": "del loop, handle, others; gc.collect(); sys.exit(0)",
}


@pytest.mark.parametrize("end", ENDS)
def test_fork_outside_callbacks(python, end):
    forked(
        python,
        f"""
loop = _core.Loop()
handle, peer = echo_pair(loop)
here, there = socket.socketpair()
others = [_core.Timer(loop), _core.Async(loop), _core.Signal(loop), _core.Poll(loop, here.fileno())]
for other in others:
    other.unref()
others[2].start(signal.SIGUSR1)
others[3].start(1)
still_echoes(loop, peer)
pid = os.fork()
if pid == 0:
    use_inherited(loop, handle, others)
    child_work()
    use_inherited(loop, handle, others)
    {ENDS[end]}
finish(pid)
still_echoes(loop, peer)
polled = []
others[3].onpoll = lambda *args: polled.append(args)
there.send(b"x")
loop.stop()
loop.run()
assert polled == [(0, 1)]
for other in (handle, *others):
    other.close()
loop.run()
loop.close()
print("parent done", flush=True)
""",
    )


@pytest.mark.parametrize("end", ["os._exit", "leave the callback"])
def test_fork_in_a_callback(python, end):
    """The child leaves the callback, or it does not; run() is the parent's."""
    leave = "os._exit(0)" if end == "os._exit" else "return"
    forked(
        python,
        f"""
loop = _core.Loop()
handle, peer = echo_pair(loop)
others = [_core.Timer(loop), _core.Async(loop), _core.Signal(loop)]
pids = []

def fork():
    pid = os.fork()
    if pid == 0:
        use_inherited(loop, handle, others)
        child_work()
        pids.append(0)
        {leave}
    pids.append(pid)
    loop.stop()

loop.call_soon(fork)
try:
    loop.run_forever()
except RuntimeError as exc:
    assert pids == [0] and "cannot go on in a forked child" in str(exc), exc
else:
    assert pids != [0]
if pids == [0]:
    use_inherited(loop, handle, others)
    child_work()
    loop.close()
    gc.collect()
    sys.exit(0)
finish(*pids)
still_echoes(loop, peer)
for other in (handle, *others):
    other.close()
loop.run()
loop.close()
print("parent done", flush=True)
""",
    )


def test_the_default_loop_of_a_child_is_new(python):
    forked(
        python,
        """
loop = _core.current_loop()
loop.call_soon(loop.stop)
loop.run()
pid = os.fork()
if pid == 0:
    own = _core.current_loop()
    assert own is not loop
    own.call_soon(own.stop)
    own.run()
    own.close()
    sys.exit(0)
finish(pid)
assert _core.current_loop() is loop
loop.call_soon(loop.stop)
loop.run()
loop.close()
print("parent done", flush=True)
""",
    )


def test_a_child_leaves_the_default_loops_of_other_threads_alone(python):
    """Python drops what they had in the child, before it tells anybody of the fork."""
    forked(
        python,
        """
ready, go = threading.Event(), threading.Event()
loops = []

def use():
    loops.append(uvnet._core.current_loop())
    ready.set()
    assert go.wait(PATIENCE)
    loops[0].call_soon(loops[0].stop)
    loops[0].run()

thread = threading.Thread(target=use)
thread.start()
assert ready.wait(PATIENCE)
pid = os.fork()
if pid == 0:
    try:
        loops[0].call_soon(print)
    except RuntimeError as exc:
        os._exit(0 if "belongs to the parent process" in str(exc) else 2)
    os._exit(3)
finish(pid)
go.set()
thread.join()
assert loops[0].is_closed()
print("parent done", flush=True)
""",
    )


def test_signals_in_the_child_do_not_reach_the_parent(python):
    """Neither through Python's wake-up descriptor nor through libuv's pipe."""
    forked(
        python,
        """
loop = uvnet.new_event_loop()
seen = []
watch = _core.Signal(loop, lambda signum: seen.append("native"))
watch.start(signal.SIGUSR2)
loop.add_signal_handler(signal.SIGUSR1, seen.append, "asyncio")
loop.call_soon(loop.stop)
loop.run_forever()
pid = os.fork()
if pid == 0:
    for _ in range(3):
        os.kill(os.getpid(), signal.SIGUSR1)
        os.kill(os.getpid(), signal.SIGUSR2)
    os._exit(0)
finish(pid)
loop.call_later(0.05, loop.stop)
loop.run_forever()
assert seen == [], seen
os.kill(os.getpid(), signal.SIGUSR1)
os.kill(os.getpid(), signal.SIGUSR2)
loop.call_later(0.05, loop.stop)
loop.run_forever()
assert sorted(seen) == ["asyncio", "native"], seen
watch.close()
loop.call_soon(loop.stop)
loop.run_forever()
loop.close()
print("parent done", flush=True)
""",
    )


def test_fork_with_a_lookup_in_flight(python):
    forked(
        python,
        """
loop = _core.Loop()
done = []
reqs = [_core.GetAddrInfoReq(lambda req, status: done.append(status)) for _ in range(20)]
for req in reqs:
    _core.getaddrinfo(req, "127.0.0.1", loop=loop)
pid = os.fork()
if pid == 0:
    own = _core.Loop()
    req = _core.GetAddrInfoReq()
    assert _core.getaddrinfo(req, "127.0.0.1", loop=own) == 0
    own.run()
    assert req.result
    own.close()
    loop.close()
    sys.exit(0)
loop.run()
assert done == [0] * 20
loop.close()
finish(pid)
print("parent done", flush=True)
""",
    )


def test_fork_while_another_thread_runs_a_loop(python):
    forked(
        python,
        """
loop = _core.Loop()
handle, peer = echo_pair(loop)
thread = threading.Thread(target=loop.run)
thread.start()
peer.sendall(b"one")
assert peer.recv(10) == b"one"
pid = os.fork()
if pid == 0:
    use_inherited(loop, handle, [])
    child_work()
    loop.close()
    os._exit(0)
finish(pid)
peer.sendall(b"two")
assert peer.recv(10) == b"two"
loop.call_soon_threadsafe(handle.close)
thread.join()
loop.close()
print("parent done", flush=True)
""",
    )


def test_multiprocessing(python):
    """A child of multiprocessing, made within a running loop, runs a loop of its own."""
    forked(
        python,
        """
import multiprocessing

def work(queue):
    child_work()
    queue.put(os.getpid())

async def main():
    context = multiprocessing.get_context("fork")
    queue = context.SimpleQueue()
    workers = [context.Process(target=work, args=(queue,)) for _ in range(3)]
    for worker in workers:
        worker.start()
        await asyncio.sleep(0)
    for worker in workers:
        while worker.is_alive():
            await asyncio.sleep(0.005)
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * 3
    assert {queue.get() for _ in workers} == {worker.pid for worker in workers}

uvnet.run(main())
print("parent done", flush=True)
""",
    )


def test_fork_in_this_process(loop):
    """The hook itself, where coverage and sanitizers see it."""
    pid = os.fork()
    if pid == 0:
        try:
            loop.call_soon(int)
        except RuntimeError:
            loop.close()
            os._exit(0 if loop.is_closed() else 2)
        os._exit(1)
    assert os.waitpid(pid, 0)[1] == 0
    loop.call_soon(int)
    loop.run()
