"""After a fork the parent's loop goes on: registrations, bytes and signals stay its own."""

from __future__ import annotations

import pytest

COMMON = """
import os, signal, socket, subprocess, sys, tempfile, time, warnings
import uvnet
from uvnet import _core

warnings.simplefilter("ignore", DeprecationWarning)  # of a fork with threads
signal.alarm(100)


def wait_for(child):
    "Return how the child ended: 0 if well."
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def refused(function, *args):
    "The call raises RuntimeError and says why."
    try:
        result = function(*args)
    except RuntimeError as exc:
        assert "parent" in str(exc) and "fork" in str(exc), exc
    else:
        raise AssertionError(f"{function} returned {result!r}")


def pair(loop, cls=_core.TCP):
    if cls is _core.TCP:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            here = socket.create_connection(listener.getsockname())
            there = listener.accept()[0]
    else:
        here, there = socket.socketpair()
    there.settimeout(60)
    handle = cls(loop)
    assert handle.open(here.detach()) == 0
    return handle, there


def turns(loop, seconds=0.05):
    "Run for a while, and for some turns more if they have taken long."
    loop.call_later(seconds, loop.stop)
    loop.run()
    for _ in range(20):
        loop.stop()
        loop.run()


# A loop with one handle of each kind, all of which are registered with the kernel.
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
    "loop.close(); [refused(handle.close) for _, handle, _ in streams]",
    "_core.Loop().close(); _core.current_loop().close()",
    "os.close(streams[0][1].fd)",
    "[os.kill(os.getpid(), signal.SIGUSR1) for _ in range(5)]; refused(wakeup.send)",
    "globals().clear(); __import__('gc').collect()",
]


@pytest.mark.parametrize("leave", ["os._exit(0)", "sys.exit(0)"])
def test_registrations_survive_the_child(python, leave):
    """Also a child that collects its garbage, or ends as an interpreter does."""
    python(
        COMMON
        + f"""
for code in {CHILDREN!r}:
    child = os.fork()
    if not child:
        exec(code)
        import os, sys
        {leave}
    assert wait_for(child) == 0
    turns(loop)
    assert counts in ({{}}, dict.fromkeys(counts, 1)), counts
    everything_still_works()
end()
"""
    )


def test_what_a_poll_has_found_stays_the_parents(python):
    """A child that returns from the callback does not handle the other events of the poll."""
    python(
        COMMON
        + """
got = []


def fork(nread, data):
    global child
    child = os.fork()


child = None
pairs = [pair(loop) for _ in range(8)]
for i, (handle, peer) in enumerate(pairs):
    handle.onread = lambda nread, data: got.append(data)
    handle.read_start()
fork_handle, fork_peer = pair(loop)
fork_handle.onread = fork
fork_handle.read_start()
turns(loop)
fork_peer.sendall(b"x")
for i, (handle, peer) in enumerate(pairs):
    peer.sendall(b"%d" % i)
time.sleep(0.05)
late = _core.Timer(loop)
try:
    turns(loop)
except RuntimeError as exc:
    assert child == 0 and "forked child" in str(exc), exc
    assert got == [] or len(got) < 8, got  # some may have come before the fork
    before = len(got)
    refused(loop.run)
    refused(fork_handle.close)
    assert len(got) == before
    sys.exit(7)
assert child
assert wait_for(child) == 7
turns(loop)
assert sorted(got) == [b"%d" % i for i in range(8)], got
everything_still_works()
for handle, _ in pairs:
    handle.close()
late.close()
fork_handle.close()
end()
"""
    )


def test_a_child_may_close_the_inherited_asyncio_loop(python):
    python(
        COMMON
        + """
import asyncio

end()
loop = uvnet.new_event_loop()
here, there = socket.socketpair()
got = []
loop.add_reader(here, lambda: got.append(here.recv(10)))
loop.add_signal_handler(signal.SIGUSR1, got.append, "signal")
loop.run_until_complete(asyncio.sleep(0.01))
child = os.fork()
if not child:
    assert not loop.is_running() and not loop.is_closed()
    for call, *args in ([loop.run_forever], [loop.call_soon, print], [loop.add_reader, 0, print]):
        refused(call, *args)
    loop.close()
    assert loop.is_closed()
    uvnet.run(asyncio.sleep(0.01))
    sys.exit(3)
assert wait_for(child) == 3
there.send(b"x")
os.kill(os.getpid(), signal.SIGUSR1)
loop.run_until_complete(asyncio.sleep(0.05))
assert sorted(map(str, got)) == ["b'x'", "signal"], got
loop.close()
here.close()
there.close()
"""
    )


def test_descriptors_are_not_inherited_by_programs(python):
    """All that a loop and its handles open is closed on exec."""
    python(
        COMMON
        + """
folder = "/proc/self/fd" if sys.platform == "linux" else "/dev/fd"
client = _core.TCP(loop)
client.connect(_core.ConnectReq(), "127.0.0.1", server.getsockname()[2])
path = tempfile.mkdtemp() + "/socket"
pipe_server, pipe = _core.Pipe(loop), _core.Pipe(loop)
pipe_server.bind(path)
pipe_server.onconnection = server.onconnection
pipe_server.listen(5)
pipe.connect(_core.ConnectReq(), path)
turns(loop, 0.1)
assert len(clients) == 2
code = "import os, sys; print(*sorted(os.listdir(sys.argv[1])))"
program = [sys.executable, "-c", code, folder]
out = subprocess.run(program, close_fds=False, capture_output=True, text=True, check=True).stdout
assert len(os.listdir(folder)) > 20
assert len(out.split()) <= 5, out  # the three, the pipe of this test, and the folder itself
for handle in (client, pipe_server, pipe):
    handle.close()
end()
"""
    )
