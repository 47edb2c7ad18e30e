"""Faults of other loops with processes: fork, subinterpreters, threads, timers, exit, garbage."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
import weakref

import pytest

from .helpers import in_thread, turns
from .streams import Recorder, connect_pair

FORK = """
import asyncio, gc, os, socket, sys, warnings
import uvnet
warnings.simplefilter("ignore", DeprecationWarning)

class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)

async def serve_and_talk():
    server = await asyncio.get_running_loop().create_server(Echo, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    writer.write(b"child")
    assert await reader.readexactly(5) == b"child"
    writer.close()
    server.close()

def refused(call, *args):
    try:
        result = call(*args)
        if asyncio.iscoroutine(result):
            result.close()
            raise AssertionError("a coroutine was made")
    except RuntimeError:
        return
    raise AssertionError(f"{call} was possible in the child")

def in_child(loop, transport, server):
    asyncio.events._set_running_loop(None)
    for call in (loop.run_forever, loop.run):
        refused(call)
    refused(loop.call_soon, print)
    refused(loop.call_later, 1, print)
    refused(loop.call_soon_threadsafe, print)
    refused(loop.add_reader, 0, print)
    transport_calls = [(transport.write, b"from the child"), (transport.close,)]
    for call, *args in transport_calls:
        try:
            call(*args)
        except RuntimeError:
            pass
    try:
        server.close()
    except RuntimeError:
        pass
    uvnet.run(serve_and_talk())
    warnings.simplefilter("ignore", ResourceWarning)
    loop.close()

async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Echo, "127.0.0.1", 0)
    address = server.sockets[0].getsockname()
    reader, writer = await asyncio.open_connection(*address)
    writer.write(b"before")
    assert await reader.readexactly(6) == b"before"
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            in_child(loop, writer.transport, server)
            status = 0
        except BaseException:
            import traceback
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            break
        await asyncio.sleep(0.005)
    assert status == 0, status
    writer.write(b"after")
    assert await reader.readexactly(5) == b"after"
    other_reader, other = await asyncio.open_connection(*address)
    other.write(b"new")
    assert await other_reader.readexactly(3) == b"new"
    for each in (writer, other):
        each.close()
        await each.wait_closed()
    server.close()
    await server.wait_closed()

uvnet.run(main())
print("parent done")
"""


def test_fork(python):
    """uvloop #317, #508, #749: a fork with connections open; the parent keeps them all."""
    done = python(FORK)
    assert done.stdout == "parent done\n"
    assert done.stderr == ""


def test_multiprocessing_fork(python):
    done = python(
        """
import asyncio, multiprocessing, warnings
import uvnet
warnings.simplefilter("ignore", DeprecationWarning)

async def talk():
    async def echo(reader, writer):
        writer.write(await reader.readline())
        writer.close()
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    writer.write(b"hello\\n")
    assert await reader.read() == b"hello\\n"
    writer.close()
    server.close()

def work(number):
    uvnet.run(talk())
    return number

async def main():
    await talk()
    context = multiprocessing.get_context("fork")
    with context.Pool(2) as pool:
        results = pool.map_async(work, range(6))
        while not results.ready():
            await asyncio.sleep(0.01)
        assert results.get() == list(range(6))
        pool.close()
        pool.join()
    await talk()

uvnet.run(main())
print("done")
"""
    )
    assert done.stdout == "done\n"


SUBINTERPRETER = """
code = '''
try:
    import uvnet
except ImportError as exc:
    message = str(exc)
else:
    message = "imported"
import os
os.write(1, message.encode() + b"\\\\n")
'''
import uvnet
try:
    from concurrent import interpreters  # 3.14
    interpreters.create().exec(code)
except ImportError:
    try:
        import _interpreters  # 3.13
        interpreter = _interpreters.create()
        failed = _interpreters.exec(interpreter, code)
        assert failed is None, failed
        _interpreters.destroy(interpreter)
    except ImportError:
        import _xxsubinterpreters  # 3.12 and before
        interpreter = _xxsubinterpreters.create()
        _xxsubinterpreters.run_string(interpreter, code)
        _xxsubinterpreters.destroy(interpreter)
uvnet.run(__import__("asyncio").sleep(0))
print("main works", flush=True)
"""


def test_subinterpreter(python):
    """uvloop #650: there is a clean ImportError, and the main interpreter goes on."""
    done = python(SUBINTERPRETER)
    first, second = done.stdout.splitlines()
    assert "interpreter" in first, done.stdout
    assert second == "main works"


EXITS = {
    "in a callback": (
        "loop.call_later(0.05, sys.exit, 7); transport.write(bytes(1 << 22)); loop.run_forever()"
    ),
    "with pending writes": "transport.write(bytes(1 << 22)); sys.exit(7)",
    "os._exit": "transport.write(b'x'); os._exit(7)",
    "an exception": "transport.write(bytes(1 << 22)); raise SystemExit(7)",
    "a thread in getaddrinfo": (
        "task = loop.create_task(loop.getaddrinfo('localhost', 1)); turn(); sys.exit(7)"
    ),
    "a daemon thread that schedules": (
        "threading.Thread(target=schedule, daemon=True).start(); turn(); sys.exit(7)"
    ),
    "atexit uses the loop": "atexit.register(lambda: (turn(), transport.write(b'x'))); sys.exit(7)",
    "a cycle with everything": (
        "box.extend([box, loop, transport, server]); del loop, transport, server; sys.exit(7)"
    ),
}


@pytest.mark.parametrize("how", EXITS)
def test_exit_with_a_live_loop(python, how):
    """The status is what was asked for; no fatal error, no hang, whatever is still open."""
    done = python(
        f"""
import asyncio, atexit, os, socket, sys, threading, time, warnings
warnings.simplefilter("ignore")
import uvnet
loop = uvnet.new_event_loop()
box = []

def turn():
    loop.call_soon(loop.stop)
    loop.run_forever()

def schedule():
    while True:
        loop.call_soon_threadsafe(int)

async def connect():
    server = await loop.create_server(asyncio.Protocol, "127.0.0.1", 0)
    ours, peer = socket.socketpair()
    transport, protocol = await loop.connect_accepted_socket(asyncio.Protocol, ours)
    return transport, peer, server

transport, peer, server = loop.run_until_complete(connect())
{EXITS[how]}
""",
        returncode=7,
        timeout=60,
    )
    assert "Traceback" not in done.stderr or how == "a daemon thread that schedules", done.stderr


def test_call_soon_threadsafe_loses_none(aio_loop):
    """uvloop #720, #408: calls from many threads, some of them while the loop goes to sleep."""
    threads, count = 8, 5000
    seen = [0] * threads
    everyone = threading.Barrier(threads)

    def called(number, value):
        assert seen[number] == value  # in the order of each thread
        seen[number] += 1
        if sum(seen) == threads * count:
            aio_loop.stop()

    def schedule(number):
        everyone.wait(30)
        for value in range(count):
            aio_loop.call_soon_threadsafe(called, number, value)
            if value % 500 == 0:
                time.sleep(0.001)

    def schedule_all():
        workers = [threading.Thread(target=schedule, args=(i,)) for i in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(60)

    with in_thread(schedule_all):
        aio_loop.run_forever()
    assert seen == [count] * threads


@pytest.mark.parametrize("delay", [0.0001, 0.0009, 0.001, 0.0011, 0.0042, 0.0105])
def test_timers_are_never_early(aio_loop, delay):
    """uvloop #359, #739: a clock of milliseconds fired up to one of them early."""

    async def main():
        for _ in range(30):
            started = time.monotonic()
            await asyncio.sleep(delay)
            assert time.monotonic() - started >= delay
            called = aio_loop.create_future()
            when = aio_loop.time() + delay
            aio_loop.call_at(when, lambda done=called: done.set_result(aio_loop.time()))
            assert await called >= when

    aio_loop.run_until_complete(main())


def test_call_later_zero_is_a_timer(aio_loop):
    """uvloop #482: it was a plain Handle, without when()."""
    handle = aio_loop.call_later(0, int)
    assert isinstance(handle, asyncio.TimerHandle)
    assert abs(handle.when() - aio_loop.time()) < 30
    handle.cancel()
    negative = aio_loop.call_later(-5, int)
    assert isinstance(negative, asyncio.TimerHandle)
    turns(aio_loop, 2)
    assert negative.when() < aio_loop.time()


# -------------------------------------------------------------------------- collection


def test_collection_at_every_moment(python):
    """uvloop #706, #220: what is dropped is freed while callbacks run."""
    done = python(
        """
import asyncio, gc, socket, warnings
import uvnet
gc.set_threshold(1)

class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.me = self, transport  # a cycle

    def data_received(self, data):
        self.me[1].write(data)

class Buffered(asyncio.BufferedProtocol):
    def connection_made(self, transport):
        self.me = self, transport

    def get_buffer(self, sizehint):
        return bytearray(100)

    def buffer_updated(self, nbytes):
        self.me[1].write(b"x" * nbytes)

async def talk(address):
    reader, writer = await asyncio.open_connection(*address)
    for _ in range(3):
        writer.write(b"hello")
        assert len(await reader.readexactly(5)) == 5
    writer.close()

async def main():
    loop = asyncio.get_running_loop()
    for protocol in (Echo, Buffered):
        server = await loop.create_server(protocol, "127.0.0.1", 0)
        address = server.sockets[0].getsockname()
        await asyncio.gather(*(talk(address) for _ in range(5)))
        await server.start_serving()
        server.close()
        server.close_clients()
        await server.wait_closed()
        del server
    server = await loop.create_server(Echo, "127.0.0.1", 0)  # left open

with warnings.catch_warnings():
    warnings.simplefilter("ignore", ResourceWarning)
    for _ in range(2):
        uvnet.run(main())
        gc.collect()
print("done")
"""
    )
    assert done.stdout == "done\n"


def test_dropped_server_goes_on_until_the_loop_closes(aio_loop):
    """As asyncio's: a server that nobody refers to serves."""

    async def main():
        await aio_loop.create_server(asyncio.Protocol, "127.0.0.1", 0)
        gc.collect()
        [server] = aio_loop._servers
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.close()
        await writer.wait_closed()
        return weakref.ref(server)

    reference = aio_loop.run_until_complete(main())
    assert reference() is not None
    with pytest.warns(ResourceWarning, match="unclosed server"):
        aio_loop.close()
    gc.collect()
    assert reference() is None


def test_closed_things_are_freed(aio_loop):
    """uvloop #37, #191, #192, #239: loops, servers, transports, contexts and timers that leak."""

    class Thing:
        pass

    async def main():
        things = [Thing() for _ in range(4)]
        references = [weakref.ref(each) for each in things]
        protocol = Recorder()
        protocol.thing = things[0]
        transport, peer = await connect_pair(protocol)
        server = await aio_loop.create_server(lambda thing=things[1]: None, "127.0.0.1", 0)
        timer = aio_loop.call_later(1000, print, things[2])
        references += [weakref.ref(server), weakref.ref(transport), weakref.ref(protocol)]
        timer.cancel()
        server.close()
        transport.close()
        peer.close()
        await protocol.lost
        await server.wait_closed()
        return references

    references = aio_loop.run_until_complete(main())
    turns(aio_loop, 2)
    gc.collect()
    assert [each() for each in references] == [None] * len(references)
