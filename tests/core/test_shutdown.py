"""However a program ends, it ends: with its own exit code, soon, and without a word of ours."""

from __future__ import annotations

import pytest

PRELUDE = """
import asyncio, atexit, os, signal, socket, sys, threading, time
import uvnet
from uvnet import _core

loop = _core.Loop()
here, there = socket.socketpair()
handle = _core.Pipe(loop)
handle.open(here.detach())
handle.onread = lambda nread, data: None
"""

FOREVER = """
def run():
    loop.call_soon(started.set)
    loop.run_forever()

started = threading.Event()
thread = threading.Thread(target=run, daemon=True)
thread.start()
started.wait()
"""

ENDINGS = {
    "live loop": "loop.call_soon(print)",
    "open handles": """
timer, wakeup = _core.Timer(loop), _core.Async(loop)
timer.start(1, 1)
handle.read_start()
server = _core.TCP(loop)
server.bind("127.0.0.1", 0)
server.listen(1)
loop.stop()
loop.run()
""",
    "pending writes": """
while handle.write_queue_size == 0:
    handle.write_buffer(None, bytes(1 << 20))
handle.write_buffer(_core.WriteReq(print), bytearray(100))
handle.shutdown(_core.ShutdownReq(print))
""",
    "closing": "handle.close(print)",
    "lookups in flight": """
reqs = [_core.GetAddrInfoReq(print) for _ in range(10)]
for req in reqs:
    _core.getaddrinfo(req, "name.invalid", loop=loop)
""",
    "timers": """
for i in range(1000):
    loop.call_later(i, print)
loop.next_tick(print)
loop.set_immediate(print)
""",
    "a cycle": """
class Thing:
    def __del__(self):
        self.loop.call_soon(print)
        self.handle.close()
thing = Thing()
thing.loop, thing.handle = loop, handle
handle.onread = thing.__del__
del loop, handle, thing
""",
    "a thread that calls": """
def call():
    while True:
        loop.call_soon_threadsafe(int)
        wakeup.send()
wakeup = _core.Async(loop)
for _ in range(3):
    threading.Thread(target=call, daemon=True).start()
loop.call_later(0.02, loop.stop)
loop.run()
""",
    "a loop in a thread": FOREVER,
    "a busy loop in a thread": FOREVER
    + """
def again():
    loop.call_soon(again)
loop.call_soon_threadsafe(again)
""",
    "a loop in a thread and a thread that calls": FOREVER
    + """
def call():
    while True:
        loop.call_soon_threadsafe(int)
threading.Thread(target=call, daemon=True).start()
""",
    "a timer in a thread": FOREVER
    + """
def again():
    loop.call_later(0, again)
loop.call_soon_threadsafe(again)
""",
    "an asyncio loop, not closed": """
aio = uvnet.new_event_loop()
aio.run_until_complete(asyncio.sleep(0))
aio.add_signal_handler(signal.SIGUSR1, print)
""",
    "the default loop": """
default = _core.current_loop()
default.call_later(0.001, int)
uvnet.run()
""",
    "at exit": """
def last():
    loop.call_soon(handle.close)
    loop.run()
    loop.close()
atexit.register(last)
""",
    "in a callback": "loop.call_soon(end)\nloop.run()",
    "in a close callback": "handle.close(end)\nloop.run()",
    "in a tick": "loop.next_tick(end)\nloop.run()",
    "in a read callback": """
handle.onread = lambda nread, data: end()
handle.read_start()
there.send(b"x")
loop.run()
""",
}

WAYS = {
    "falls off": ("def end():\n    sys.exit()\n", 0),
    "sys.exit": ("def end():\n    sys.exit(7)\n", 7),
    "os._exit": ("def end():\n    sys.stdout.flush()\n    os._exit(5)\n", 5),
}


# os._exit() skips all that could go wrong, but for threads.
CASES = [
    (ending, way) for ending in ENDINGS for way in WAYS if way != "os._exit" or "thread" in ending
]


@pytest.mark.parametrize(("ending", "way"), CASES)
def test_a_program_ends(python, ending, way):
    end, code = WAYS[way]
    program = PRELUDE + end + ENDINGS[ending] + ("" if way == "falls off" else "\nend()\n")
    done = python(program, returncode=code)
    assert done.stdout == ""
    quiet(done.stderr)


def quiet(stderr):
    """Nothing but warnings of what was not closed."""
    lines = stderr.splitlines()
    assert not [line for line in lines if "ResourceWarning" not in line and line[0] != " "], stderr


@pytest.mark.parametrize(
    "ending",
    [
        "a loop in a thread and a thread that calls",
        "a cycle",
        "a busy loop in a thread",
        "open handles",
    ],
)
def test_again_and_again_with_warnings(python, ending):
    for i in range(3):
        program = PRELUDE + WAYS["sys.exit"][0] + ENDINGS[ending] + "\nend()\n"
        done = python(program, returncode=7, flags=("-Wd", "-Xdev")[:i])
        quiet(done.stderr)


def test_an_exception_while_the_loop_runs(python):
    done = python(
        PRELUDE
        + """
def fail():
    raise LookupError("of mine")
loop.call_soon(fail)
loop.run()
""",
        returncode=1,
    )
    assert done.stderr.endswith("LookupError: of mine\n") and "Fatal" not in done.stderr


def test_an_interrupt_while_the_loop_waits(python):
    done = python(
        PRELUDE
        + """
import signal
waits = _core.Async(loop)
threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()
loop.run()
""",
        returncode=-2,
    )
    assert done.stderr.rstrip().endswith("KeyboardInterrupt")


def test_modules_are_gone(python):
    """Objects that outlive the modules in which their classes are."""
    done = python(
        PRELUDE
        + """
import builtins
builtins.kept = [loop, handle, _core.Timer(loop), _core.WriteReq(), loop.call_later(9, print)]
sys.modules.clear()
""",
    )
    quiet(done.stderr)


def test_a_subinterpreter_is_refused_or_works(python):
    done = python(
        """
try:
    import _xxsubinterpreters as interpreters
except ImportError:
    import _interpreters as interpreters
import uvnet
ident = interpreters.create()
code = "from uvnet import _core; loop = _core.Loop(); loop.run(); loop.close()"
try:
    failed = interpreters.run_string(ident, code)
except Exception as exc:
    failed = exc
if failed:
    assert "ImportError" in str(failed) or "interpreter" in str(failed), failed
try:
    interpreters.destroy(ident)
except Exception:
    pass
loop = uvnet._core.Loop()
loop.call_soon(print, "still works")
loop.run()
loop.close()
""",
    )
    assert done.stdout == "still works\n"
