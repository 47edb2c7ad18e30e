"""Nothing grows, whatever is done many times; and a collection at any moment is harmless."""

from __future__ import annotations

import contextvars
import gc
import sys
import tracemalloc

import pytest

from uvnet import _core

from .helpers import PIPE, TCP, adopt, close

SLACK = 60  # blocks: caches that fill, such as the interpreter's own


def no_growth(action, times, warm_up=None):
    """Do it, and do it again: the second time must leave as many memory blocks as the first."""
    for _ in range(warm_up or times // 10):
        action()
    gc.collect()
    before = sys.getallocatedblocks()
    for _ in range(times):
        action()
    gc.collect()
    grown = sys.getallocatedblocks() - before
    assert grown < SLACK, f"{grown} blocks more after {times} times"


class Echo:
    """An echo server on a loop, and a client that sends a message and closes at the answer."""

    def __init__(self, loop, kind, path):
        self.loop = loop
        self.kind = kind
        self.done = 0
        self.server = kind.handle(loop)
        self.server.onconnection = self.on_connection
        assert self.server.bind(*(("127.0.0.1", 0) if kind is TCP else (path,))) == 0
        assert self.server.listen(100) == 0
        name = self.server.getsockname()
        self.target = (name[0], name[2]) if kind is TCP else (path,)

    def on_connection(self, status, client):
        assert status == 0

        def on_read(nread, data):
            if nread < 0:
                client.close()
            else:
                client.write_buffer(None, data)

        client.onread = on_read
        client.read_start()

    def session(self, message=b"hello"):
        """One whole connection."""
        client = self.kind.handle(self.loop)
        got = bytearray()

        def on_read(nread, data):
            assert nread > 0
            got.extend(data)
            if len(got) == len(message):
                client.shutdown(_core.ShutdownReq(lambda req, status: client.close(on_close)))

        def on_close():
            assert got == message
            self.done += 1
            self.loop.stop()

        def on_connect(req, status):
            assert status == 0
            client.onread = on_read
            client.read_start()
            client.write_buffer(_core.WriteReq(), message)

        assert client.connect(_core.ConnectReq(on_connect), *self.target) == 0
        self.loop.run()

    def close(self):
        self.server.close()
        self.loop.run()


@pytest.fixture
def echo(loop, kind, tmp_path):
    echo = Echo(loop, kind, str(tmp_path / "socket"))
    yield echo
    echo.close()


def test_sessions_with_a_collection_at_every_allocation(echo):
    before = gc.get_threshold()
    gc.set_threshold(1)
    try:
        for size in (1, 600, 20_000, 100_000):
            for _ in range(5):
                echo.session(bytes(size))
    finally:
        gc.set_threshold(*before)
    assert echo.done == 20


def test_connections_leave_nothing(echo):
    no_growth(echo.session, 2000)


@pytest.mark.parametrize("size", [5, 1000, 20_000])
def test_reads_and_writes_leave_nothing(loop, connect, kind, size):
    writer, peer = connect(kind)
    reader, _ = connect(kind)
    data = bytes(size)
    echoed = []
    peer.setblocking(False)

    def on_read(nread, data):
        assert nread > 0
        if len(echoed) < 3:
            echoed.append(data)
        loop.stop()

    writer.onread = on_read
    writer.read_start()
    refs = sys.getrefcount(None), sys.getrefcount(data)

    def exchange():
        assert writer.write_buffer(_core.WriteReq(), data) >= 0
        peer.send(peer.recv(size))
        loop.run()

    no_growth(exchange, 20_000, 100)
    assert sys.getrefcount(data) == refs[1]
    assert abs(sys.getrefcount(None) - refs[0]) < 1000
    reader.close()


def test_timers_leave_nothing(loop):
    timer = _core.Timer(loop)

    def many():
        calls = [loop.call_later(0, int) for _ in range(1000)]
        calls += [loop.call_later(1000, int) for _ in range(1000)]
        for call in calls[1000:]:
            call.cancel()
        timer.ontimeout = loop.stop
        timer.start(0)
        loop.run()
        loop.run()

    no_growth(many, 10, 3)
    close(timer)
    assert loop.counters()["timers"] < 1000


def test_calls_leave_nothing(loop):
    counted = []

    def many():
        for schedule in (loop.call_soon, loop.call_soon_threadsafe, loop.set_immediate):
            for _ in range(1000):
                schedule(int, 5)
        for _ in range(1000):
            loop.next_tick(int)
            loop.call_soon(int).cancel()
        loop.call_soon(counted.clear)
        loop.run()

    no_growth(many, 10, 3)


def test_handles_leave_nothing(loop):
    def many():
        handles = [_core.TCP(loop), _core.Pipe(loop), _core.Timer(loop), _core.Async(loop)]
        handles.append(_core.Signal(loop))
        for handle in handles:
            handle.close()
        loop.run()

    no_growth(many, 500)


def test_loops_leave_nothing():
    def one():
        loop = _core.Loop()
        loop.call_soon(int)
        loop.run()
        loop.close()

    no_growth(one, 100)


def test_errors_leave_nothing(loop):
    closed = _core.TCP(loop)
    close(closed)

    def raises(function, *args):
        try:
            function(*args)
        except (TypeError, ValueError, RuntimeError, OSError, BufferError):
            return
        raise AssertionError

    def fails():
        raise ZeroDivisionError

    def many():
        raises(_core.Poll, loop, -1)
        raises(_core.Handle)
        raises(closed.__init__, loop)
        assert closed.write_buffer(None, bytearray(10)) == _core.UV_EBADF
        live = _core.TCP(loop)
        raises(live.use_user_buffer, b"read only")
        raises(live.use_user_buffer, bytearray())
        raises(live.writev, None, [b"x", memoryview(b"abcdef")[::2]])
        raises(live.bind, "127.0.0.1", 99999)
        assert live.write_buffer(None, bytearray(10)) == _core.UV_EBADF
        live.close()
        loop.call_soon(fails)
        try:
            loop.run()
        except ZeroDivisionError:
            loop.run()

    no_growth(many, 300)


@pytest.mark.parametrize("kind", [TCP, PIPE], ids=repr)
def test_a_user_buffer_is_one_object_and_no_allocation(loop, kind):
    """100 000 reads into the same memory."""
    handle, peer = adopt(loop, kind)
    buffer = bytearray(64)
    reads = 0
    foreign = 0

    def on_read(nread, data):
        nonlocal reads, foreign
        reads += 1
        foreign += data is not buffer
        if reads % 1000 == 0:
            loop.stop()

    handle.onread = on_read
    assert handle.use_user_buffer(buffer) == 0
    handle.read_start()
    chunk = bytes(64 * 1000)

    def thousand():
        peer.sendall(chunk)
        loop.run()

    for _ in range(3):
        thousand()
    gc.collect()
    gc.disable()
    try:
        before = sys.getallocatedblocks()
        refs = sys.getrefcount(buffer)
        tracemalloc.start()
        thousand()
        tracemalloc.clear_traces()
        thousand()
        current, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        # One read's worth of anything would be seen: the peak of a thousand is less than 2 KiB.
        assert peak < 2048, f"{peak} bytes at most, {current} left"
        for _ in range(95):
            thousand()
        assert sys.getallocatedblocks() - before < SLACK
        assert sys.getrefcount(buffer) == refs
    finally:
        gc.enable()
    assert reads == 100_000 and not foreign
    with pytest.raises(BufferError):
        buffer.append(1)
    close(handle)
    buffer.append(1)
    peer.close()


class Cycle:
    """In a context variable, it refers to the loop; and to its own context, by a token."""

    var: contextvars.ContextVar[object] = contextvars.ContextVar("var")

    def __init__(self, loop=None):
        self.loop = loop

    def enter(self):
        self.token = self.var.set(self)


MANY = 1000  # more than the contexts that the interpreter keeps, and a loop shows to the collector


def test_contexts_of_calls_that_wait(loop):
    """The collector does not know those; whoever gets hold of one has one like any other."""

    def contexts():
        return sum(type(each) is contextvars.Context for each in gc.get_objects())

    before = contexts()
    ran = []
    calls = [loop.call_soon(ran.append, i) for i in range(MANY)]
    assert contexts() - before < MANY / 2
    held = [call.get_context() for call in calls[-20:]]
    assert all(gc.is_tracked(context) for context in held)
    for call in calls[::3]:
        call.cancel()
    gc.collect()
    loop.call_soon(loop.stop)
    loop.run_forever()
    gc.collect()
    assert ran == [i for i in range(MANY) if i % 3]
    assert all(gc.is_tracked(context) for context in held)
    del held, calls
    assert contexts() <= before + 1


def test_what_contexts_of_calls_hold_is_freed(loop):
    """What ran has left a cycle through its own context."""

    def run():
        for _ in range(MANY):
            loop.call_soon(Cycle().enter)
        loop.call_soon(loop.stop)
        loop.run_forever()

    no_growth(run, 10, warm_up=2)


def test_loops_with_many_calls_leave_nothing():
    """A loop that is dropped while they wait is found through their contexts, too."""

    def drop():
        loop = _core.Loop()
        context = contextvars.copy_context()
        context.run(Cycle(loop).enter)
        for _ in range(MANY):
            context.run(loop.call_soon, print)

    drop()
    gc.collect()
    gc.collect()
    assert not [each for each in gc.get_objects() if isinstance(each, Cycle)]
    no_growth(drop, 5, warm_up=2)
