"""A forked child may not touch its parent's loop, and may make loops of its own."""

from __future__ import annotations

import sys

import pytest

pytestmark = pytest.mark.skipif(not hasattr(sys, "getswitchinterval"), reason="needs os.fork")

# Python 3.12 and newer warn when a process with threads forks; libuv's pool has some.
COMMON = """
import os, signal, socket, sys, threading, time, traceback, warnings
from uvnet import _core

warnings.simplefilter("ignore", DeprecationWarning)
signal.alarm(50)
deadline = time.monotonic() + 20


def wait_for(child):
    "Return how the child ended: 0 if well."
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def in_child(function, *args):
    "Fork and call function(*args) in the child, which ends as an interpreter does."
    child = os.fork()
    if child:
        return child
    try:
        function(*args)
        sys.stdout.flush()
        code = 0
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        code = 1
    os._exit(code)


def pair(loop, cls=_core.TCP):
    if cls is _core.TCP:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            here = socket.create_connection(listener.getsockname())
            there = listener.accept()[0]
    else:
        here, there = socket.socketpair()
    there.settimeout(20)
    handle = cls(loop)
    assert handle.open(here.detach()) == 0
    return handle, there


def turns(loop, seconds=0.05):
    loop.call_later(seconds, loop.stop)
    loop.run()


def refused(function, *args):
    "The call raises RuntimeError and says why."
    try:
        result = function(*args)
    except RuntimeError as exc:
        assert "parent" in str(exc) and "fork" in str(exc), exc
    else:
        raise AssertionError(f"{function} returned {result!r}")


def echo_on_a_new_loop(loop=None):
    loop = loop or _core.Loop()
    handle, peer = pair(loop)
    got = []

    def on_read(nread, data):
        got.append(data)
        handle.close()

    handle.onread = on_read
    handle.read_start()
    peer.sendall(b"child")
    loop.run()
    assert got == [b"child"], got
    request = _core.GetNameInfoReq(lambda req, status: got.append(status))
    assert _core.getnameinfo(request, "127.0.0.1", 80, loop=loop) == 0
    loop.run()
    assert got[-1] == 0, got
    loop.close()
    peer.close()
"""


@pytest.fixture
def forking(python):
    return lambda code, **kwargs: python(COMMON + code, **kwargs)


def test_the_parents_loop_refuses_everything_in_the_child(forking):
    forking("""
loop = _core.Loop()
tcp, peer = pair(loop)
pipe, pipe_peer = pair(loop, _core.Pipe)
watched, other = socket.socketpair()
server = _core.TCP(loop)
server.bind("127.0.0.1", 0)
server.listen(5)
timer, wakeup, usr1 = _core.Timer(loop), _core.Async(loop), _core.Signal(loop)
poll = _core.Poll(loop, watched.fileno())
turns(loop)


def child():
    assert not loop.is_running()
    for method in (loop.run, loop.run_forever):
        refused(method)
    for method in (loop.call_soon, loop.call_soon_threadsafe, loop.next_tick, loop.set_immediate):
        refused(method, print)
    refused(loop.call_later, 1, print)
    refused(loop.call_at, 1, print)
    loop.stop()
    for cls in (_core.TCP, _core.Pipe, _core.Timer, _core.Async, _core.Signal):
        refused(cls, loop)
    refused(_core.Poll, loop, other.fileno())
    refused(lambda: _core.getnameinfo(_core.GetNameInfoReq(), "127.0.0.1", 1, loop=loop))
    refused(lambda: _core.getaddrinfo(_core.GetAddrInfoReq(), "localhost", loop=loop))

    def handles():
        for handle in (tcp, pipe, server, timer, wakeup, usr1, poll):
            for method in (handle.close, handle.ref, handle.unref):
                refused(method)
        for stream in (tcp, pipe):
            refused(stream.read_start)
            refused(stream.read_stop)
            refused(stream.write_buffer, None, b"x")
            refused(stream.writev, None, [b"x"])
            refused(stream.shutdown, _core.ShutdownReq())
            refused(stream.use_user_buffer, bytearray(5))
            refused(stream.splice, tcp)
            refused(stream.listen, 5)
            refused(stream.open, 0)
            refused(stream.getsockname)
            refused(stream.set_blocking, True)
        refused(tcp.reset)
        refused(timer.start, 0)
        refused(wakeup.send)
        refused(usr1.start, signal.SIGUSR1)
        refused(poll.start, 1)
        refused(poll.stop)

    handles()
    loop.close()
    loop.close()
    assert loop.is_closed() and not loop.is_running()
    handles()
    repr(loop), repr(tcp), tcp.fd, tcp.active, tcp.closing, tcp.has_ref()
    echo_on_a_new_loop()
    assert _core.current_loop() is not loop


assert wait_for(in_child(child)) == 0
# The parent's goes on.
tcp.onread = lambda nread, data: loop.stop()
tcp.read_start()
peer.sendall(b"x")
loop.run()
assert tcp.bytes_read == 1
for handle in (tcp, pipe, server, timer, wakeup, usr1, poll):
    assert handle.close() == 0
loop.run()
loop.close()
""")


LIVE = """
loop = _core.Loop()
counts = {}


def count(name, then=None):
    def callback(*args):
        counts[name] = counts.get(name, 0) + 1
        if then:
            then(*args)
    return callback


streams = []
for name, cls in (("tcp", _core.TCP), ("pipe", _core.Pipe)):
    handle, peer = pair(loop, cls)
    handle.onread = count(name)
    handle.read_start()
    streams.append((name, handle, peer))
server = _core.TCP(loop)
server.bind("127.0.0.1", 0)
clients = []
server.onconnection = count("server", lambda status, client: clients.append(client))
server.listen(5)
watched, watched_peer = socket.socketpair()
poll = _core.Poll(loop, watched.fileno(), count("poll", lambda *args: watched.recv(10)))
poll.start(_core.UV_READABLE)
wakeup = _core.Async(loop, count("async"))
usr1 = _core.Signal(loop, count("signal"))
usr1.start(signal.SIGUSR1)
turns(loop)
assert counts == {}


def everything_still_works():
    counts.clear()
    for name, handle, peer in streams:
        peer.sendall(b"x")
    socket.create_connection(("127.0.0.1", server.getsockname()[2])).close()
    watched_peer.send(b"x")
    wakeup.send()
    os.kill(os.getpid(), signal.SIGUSR1)
    turns(loop, 0.1)
    names = ["tcp", "pipe", "server", "poll", "async", "signal"]
    assert counts == dict.fromkeys(names, 1), counts


def end():
    for handle in [server, poll, wakeup, usr1, *clients, *(handle for _, handle, _ in streams)]:
        handle.close()
    loop.run()
    loop.close()
"""


CHILDREN = [
    "pass",
    "loop.close()",
    "import gc; gc.collect(); echo_on_a_new_loop()",
    "echo_on_a_new_loop(_core.current_loop())",
    "os.close(streams[0][1].fd)",
    "import gc; globals().clear(); __import__('gc').collect()",
]


@pytest.mark.parametrize("leave", ["os._exit(0)", "sys.exit(0)"])
def test_the_parents_registrations_survive_the_child(forking, leave):
    """Also a child that collects its garbage, or ends as an interpreter does."""
    forking(LIVE + f"""
for code in {CHILDREN!r}:
    child = os.fork()
    if not child:
        exec(code)
        import os, sys
        {leave}
    assert wait_for(child) == 0
    everything_still_works()
end()
""")


def test_registrations_survive_a_fork_in_a_callback(forking):
    """The child makes and runs a loop of its own in there."""
    forking(LIVE + """
def callback():
    children.append(in_child(lambda: (echo_on_a_new_loop(), echo_on_a_new_loop(_core.current_loop()))))


children = []
for schedule in (loop.call_soon, loop.set_immediate, loop.next_tick):
    schedule(callback)
    turns(loop)
streams[0][1].onread = callback_on_read = lambda nread, data: callback()
streams[0][2].sendall(b"x")
turns(loop)
assert [wait_for(child) for child in children] == [0] * 4
streams[0][1].onread = count("tcp")
everything_still_works()
end()
""")


def test_a_child_that_returns_from_the_callback(forking):
    """run() raises there. What the poll had found for other handles stays the parent's."""
    forking(LIVE + """
from_parent = []


def on_read(nread, data):
    global child
    counts["forked"] = counts.get("forked", 0) + 1
    child = os.fork()


child = None
extra = [pair(loop) for _ in range(8)]
for handle, peer in extra:
    handle.onread = lambda nread, data: from_parent.append(data)
    handle.read_start()
streams[0][1].onread = on_read
turns(loop)
streams[0][2].sendall(b"x")
for i, (handle, peer) in enumerate(extra):
    peer.sendall(b"%d" % i)
time.sleep(0.05)
fired = []
late = _core.Timer(loop, lambda: fired.append(1))
late.start(0)
late.stop()
try:
    turns(loop)
except RuntimeError as exc:
    assert child == 0 and "child" in str(exc), exc
    refused(loop.run)
    refused(streams[0][1].close)
    assert from_parent == [], from_parent
    sys.exit(7)
assert child
assert wait_for(child) == 7
assert sorted(from_parent) == [b"%d" % i for i in range(8)], from_parent
streams[0][1].onread = count("tcp")
everything_still_works()
for handle, _ in extra:
    handle.close()
late.close()
end()
""")


def test_signals_of_the_child_do_not_reach_the_parent(forking):
    forking(LIVE + """
def child():
    for _ in range(5):
        os.kill(os.getpid(), signal.SIGUSR1)


assert wait_for(in_child(child)) == 0
turns(loop)
assert counts == {}, counts
everything_still_works()
end()
""")


def test_asyncio_signals_of_the_child_do_not_reach_the_parent(python):
    python("""
import asyncio, os, signal, sys, warnings
import uvnet

warnings.simplefilter("ignore", DeprecationWarning)


async def main():
    loop = asyncio.get_running_loop()
    got = []
    loop.add_signal_handler(signal.SIGUSR1, got.append, 1)
    child = os.fork()
    if not child:
        for _ in range(5):
            os.kill(os.getpid(), signal.SIGUSR1)
        os._exit(0)
    os.waitpid(child, 0)
    await asyncio.sleep(0.05)
    assert got == []
    os.kill(os.getpid(), signal.SIGUSR1)
    await asyncio.sleep(0.05)
    assert got == [1]


uvnet.run(main())
""")


@pytest.mark.parametrize("factory", ["asyncio.new_event_loop", "uvnet.new_event_loop"])
def test_multiprocessing_within_a_running_loop(python, factory):
    """A child forked from a coroutine may run a loop of its own, as with asyncio's loop."""
    python(f"""
import asyncio, multiprocessing, warnings
import uvnet

warnings.simplefilter("ignore", DeprecationWarning)


async def in_child(queue):
    reader, writer = asyncio.Queue(), asyncio.Queue()
    await asyncio.sleep(0.01)
    queue.put(type(asyncio.get_running_loop()).__module__)


def target(queue):
    with asyncio.Runner(loop_factory={factory}) as runner:
        runner.run(in_child(queue))


async def main():
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    process = context.Process(target=target, args=(queue,))
    process.start()
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, process.join, 20)
    assert process.exitcode == 0, process.exitcode
    assert queue.get(timeout=20) == type(loop).__module__
    queue.close()
    queue.join_thread()


with asyncio.Runner(loop_factory={factory}) as runner:
    runner.run(main())
""")


def test_a_child_may_close_the_inherited_asyncio_loop(python):
    python("""
import asyncio, os, signal, socket, sys, warnings
import uvnet

warnings.simplefilter("ignore", DeprecationWarning)
loop = uvnet.new_event_loop()
here, there = socket.socketpair()
got = []
loop.add_reader(here, lambda: got.append(here.recv(10)))
loop.add_signal_handler(signal.SIGUSR1, got.append, "signal")
loop.run_until_complete(asyncio.sleep(0.01))
child = os.fork()
if not child:
    assert not loop.is_running() and not loop.is_closed()
    for call in (loop.run_forever, lambda: loop.call_soon(print), lambda: loop.add_reader(0, print)):
        try:
            call()
        except RuntimeError:
            pass
        else:
            raise AssertionError(call)
    loop.close()
    assert loop.is_closed()
    uvnet.run(asyncio.sleep(0.01))
    sys.exit(3)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
there.send(b"x")
os.kill(os.getpid(), signal.SIGUSR1)
loop.run_until_complete(asyncio.sleep(0.05))
assert sorted(map(str, got)) == ["b'x'", "signal"], got
loop.close()
here.close()
there.close()
""")


def test_a_fork_by_another_thread(forking):
    forking(LIVE + """
def fork():
    time.sleep(0.05)
    children.append(in_child(lambda: (refused(loop.call_soon_threadsafe, print), echo_on_a_new_loop())))


children = []
thread = threading.Thread(target=fork)
thread.start()
turns(loop, 0.2)
thread.join()
assert wait_for(children[0]) == 0
everything_still_works()
end()
""")


def test_descriptors_are_not_inherited_by_programs(python):
    """All that a loop and its handles open is closed on exec."""
    python("""
import os, socket, subprocess, sys, tempfile
import uvnet
from uvnet import _core

before = set(os.listdir("/proc/self/fd" if sys.platform == "linux" else "/dev/fd"))
loop = uvnet.new_event_loop()
server = _core.TCP(loop)
server.bind("127.0.0.1", 0)
server.listen(5)
clients = []
server.onconnection = lambda status, client: clients.append(client)
client = _core.TCP(loop)
client.connect(_core.ConnectReq(), "127.0.0.1", server.getsockname()[2])
folder = tempfile.mkdtemp()
pipe_server, pipe = _core.Pipe(loop), _core.Pipe(loop)
pipe_server.bind(folder + "/s")
pipe_server.listen(5)
pipe_server.onconnection = server.onconnection
pipe.connect(_core.ConnectReq(), folder + "/s")
_core.Signal(loop).start(10)
wakeup = _core.Async(loop)
loop.call_later(0.1, loop.stop)
loop.run_forever()
assert len(clients) == 2
code = "import os, sys; print(*os.listdir(sys.argv[1]))"
folder = "/proc/self/fd" if sys.platform == "linux" else "/dev/fd"
out = subprocess.run([sys.executable, "-c", code, folder], close_fds=False, capture_output=True,
                     text=True, check=True).stdout.split()
assert len(os.listdir(folder)) > len(before) + 8
assert len(out) <= len(before), (before, out)
os._exit(0)
""")
