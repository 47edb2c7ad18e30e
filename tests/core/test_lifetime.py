"""A handle lives from init to its one close callback, whatever its callbacks do meanwhile."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import socket
import weakref

import pytest

from uvnet import _core

from .helpers import TCP, adopt, close, fill, reset

CALLBACKS = ("onread", "onconnection", "onsplice", "ontimeout", "onasync", "onpoll", "onsignal")


class Scene:
    """Handles of which one is about to call back, and how often what was called."""

    def __init__(self, loop, kind, folder):
        self.loop = loop
        self.kind = kind
        self.folder = folder
        self.handles = []
        self.peers = []
        self.refs = []
        self.closed = []  # as many entries as close callbacks
        self.calls = 0
        self.action = None
        self.errors = []

    def handle(self, handle):
        self.handles.append(handle)
        self.refs.append(weakref.ref(handle))
        return handle

    def connected(self):
        handle, peer = adopt(self.loop, self.kind)
        self.peers.append(peer)
        return self.handle(handle), peer

    def address(self):
        return ("127.0.0.1", 0) if self.kind is TCP else (str(self.folder / "socket"),)

    def on_close(self, ref):
        return lambda: self.closed.append(ref)

    def close(self, handle):
        ref = next(ref for ref in self.refs if ref() is handle)
        return handle.close(self.on_close(ref))

    def hook(self, *args):
        """The callback: does what the test is about, once."""
        self.calls += 1
        self.loop.stop()
        for arg in args:
            if isinstance(arg, _core.Handle):
                self.handle(arg)
        if self.calls == 1:
            self.action(self)


# --------------------------------------------------------------- what calls back


def connection(scene):
    server = scene.handle(scene.kind.handle(scene.loop))
    assert server.bind(*scene.address()) == 0
    server.onconnection = lambda status, client: scene.hook(client)
    assert server.listen(5) == 0
    if scene.kind is TCP:
        scene.peers.append(socket.create_connection(("127.0.0.1", server.getsockname()[2])))
    else:
        scene.peers.append(socket.socket(socket.AF_UNIX))
        scene.peers[-1].connect(server.getsockname())


def connect(scene):
    if scene.kind is TCP:
        listener = socket.create_server(scene.address())
        target = listener.getsockname()
    else:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(*scene.address())
        listener.listen()
        target = scene.address()
    scene.peers.append(listener)
    handle = scene.handle(scene.kind.handle(scene.loop))
    assert handle.connect(_core.ConnectReq(scene.hook_status), *target) == 0


def read_data(scene):
    handle, peer = scene.connected()
    handle.onread = lambda nread, data: scene.hook()
    handle.read_start()
    peer.sendall(bytes(200_000 if scene.kind is TCP else 50_000))


def read_user_buffer(scene):
    handle, peer = scene.connected()
    handle.onread = lambda nread, data: scene.hook()
    handle.use_user_buffer(bytearray(100))
    handle.read_start()
    peer.sendall(bytes(1000))


def read_end(scene):
    handle, peer = scene.connected()
    handle.onread = lambda nread, data: scene.hook()
    handle.read_start()
    peer.shutdown(socket.SHUT_WR)


def read_error(scene):
    handle, peer = scene.connected()
    handle.onread = lambda nread, data: scene.hook()
    handle.read_start()
    if scene.kind is TCP:
        reset(peer)
    else:  # unread data makes a Unix socket's close a reset
        handle.write_buffer(None, b"unread")
        peer.close()


def write(scene):
    handle, peer = scene.connected()
    fill(handle)
    handle.write_buffer(_core.WriteReq(scene.hook_status), b"last")
    peer.setblocking(False)
    while not scene.calls:
        with contextlib.suppress(BlockingIOError):
            while peer.recv(1 << 20):
                pass
        scene.loop.stop()
        with contextlib.suppress(ZeroDivisionError, KeyboardInterrupt):
            scene.loop.run()


def shutdown(scene):
    handle, _ = scene.connected()
    assert handle.shutdown(_core.ShutdownReq(scene.hook_status)) == 0


def splice(scene):
    source, peer = scene.connected()
    destination, _ = scene.connected()
    source.onsplice = lambda status, failed: scene.hook()
    assert source.splice(destination) == 0
    peer.sendall(b"last")
    peer.shutdown(socket.SHUT_WR)


def splice_error(scene):
    source, peer = scene.connected()
    destination, _ = scene.connected()
    source.onsplice = lambda status, failed: scene.hook()
    assert source.splice(destination) == 0
    # onsplice is called from within its close().
    scene.loop.call_soon(destination.close, scene.on_close(scene.refs[1]))


def timer(scene):
    scene.handle(_core.Timer(scene.loop, scene.hook)).start(0, 1)


def async_(scene):
    scene.handle(_core.Async(scene.loop, scene.hook)).send()


def poll(scene):
    here, there = socket.socketpair()
    scene.peers += [here, there]
    scene.handle(_core.Poll(scene.loop, here.fileno(), lambda *args: scene.hook())).start(3)


def signal_(scene):
    scene.handle(_core.Signal(scene.loop, lambda signum: scene.hook())).start(signal.SIGUSR1)
    os.kill(os.getpid(), signal.SIGUSR1)


def close_(scene):
    handle, _ = scene.connected()

    def on_close():
        scene.closed.append(scene.refs[0])
        scene.hook()

    handle.close(on_close)


def next_tick(scene):
    scene.connected()
    scene.loop.next_tick(scene.hook)


def immediate(scene):
    scene.connected()
    scene.loop.set_immediate(scene.hook)


def call_soon(scene):
    scene.connected()
    scene.loop.call_soon(scene.hook)


def call_later(scene):
    scene.connected()
    scene.loop.call_later(0, scene.hook)


Scene.hook_status = lambda self, req, status: self.hook()

STREAMS = [connection, connect, read_data, read_user_buffer, read_end, read_error, write]
STREAMS += [shutdown, splice, splice_error]
OTHERS = [timer, async_, poll, signal_, close_, next_tick, immediate, call_soon, call_later]


REPEATED = [read_data, read_user_buffer, read_end, read_error, timer, poll]

# -------------------------------------------------------------------- what is done


def close_self(scene):
    scene.close(scene.handles[0])
    assert scene.handles[0].closing
    assert scene.handles[0].close(lambda: scene.closed.append("again")) == _core.UV_EBADF


def close_all(scene):
    for handle in scene.handles:
        scene.close(handle)


def reset_all(scene):
    for ref, handle in zip(scene.refs, scene.handles, strict=True):
        if isinstance(handle, _core.TCP):
            handle.reset(scene.on_close(ref))
        else:
            scene.close(handle)


def raise_exception(scene):
    raise ZeroDivisionError


def raise_base_exception(scene):
    raise KeyboardInterrupt


def drop(scene):
    scene.handles.clear()
    gc.collect()


def close_and_drop(scene):
    close_all(scene)
    drop(scene)


def forget_callbacks(scene):
    for handle in scene.handles:
        for name in CALLBACKS:
            if hasattr(handle, name):
                setattr(handle, name, None)


def delete_callbacks(scene):
    for handle in scene.handles:
        for name in CALLBACKS:
            if hasattr(handle, name):
                delattr(handle, name)
                assert getattr(handle, name) is None


def stop(scene):
    scene.loop.stop()


def close_the_loop(scene):
    with pytest.raises(RuntimeError, match="Cannot close a running event loop"):
        scene.loop.close()
    with pytest.raises(RuntimeError):
        scene.loop.run()


ACTIONS = [close_self, close_all, reset_all, raise_exception, raise_base_exception, drop]
ACTIONS += [close_and_drop, forget_callbacks, delete_callbacks, stop, close_the_loop]


def play(scene, action, callback):
    scene.action = action
    raises = {raise_exception: ZeroDivisionError, raise_base_exception: KeyboardInterrupt}
    callback(scene)
    if scene.calls == 0:
        try:
            scene.loop.run()
        except (ZeroDivisionError, KeyboardInterrupt) as exc:
            assert type(exc) is raises.get(action)
        else:
            assert action not in raises
    assert scene.calls == 1 or (scene.calls > 1 and callback in REPEATED)
    for ref in scene.refs:  # those that were dropped are still there
        handle = ref()
        if handle is not None and not handle.closing:
            scene.close(handle)
        del handle
    while scene.loop.open_handles:
        scene.loop.stop()
        scene.loop.run()
    assert sorted(map(id, scene.closed)) == sorted(map(id, scene.refs))
    for peer in scene.peers:
        peer.close()
    scene.handles.clear()
    scene.action = None
    gc.collect()
    assert [ref() for ref in scene.refs] == [None] * len(scene.refs)


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.__name__)
@pytest.mark.parametrize("callback", STREAMS, ids=lambda callback: callback.__name__)
def test_streams_close_once(loop, kind, tmp_path, callback, action):
    play(Scene(loop, kind, tmp_path), action, callback)


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.__name__)
@pytest.mark.parametrize("callback", OTHERS, ids=lambda callback: callback.__name__)
def test_other_handles_close_once(loop, tmp_path, callback, action):
    play(Scene(loop, TCP, tmp_path), action, callback)


# ----------------------------------------------------------------------- requests


def test_pending_writes_and_shutdown_are_cancelled_before_close(loop, connected):
    handle, _ = connected
    order = []
    fill(handle)
    for i in range(3):
        req = _core.WriteReq(lambda req, status, i=i: order.append((i, status)))
        assert handle.write_buffer(req, b"queued") > 0
    end = _core.ShutdownReq(lambda req, status: order.append(("end", status)))
    assert handle.shutdown(end) == 0
    assert handle.close(lambda: order.append("closed")) == 0
    assert order == []  # nothing is called back from within close()
    loop.run()
    cancelled = _core.UV_ECANCELED
    assert order == [(0, cancelled), (1, cancelled), (2, cancelled), ("end", cancelled), "closed"]


def test_a_pending_connect_is_cancelled_before_close(loop, kind, tmp_path):
    order = []
    handle = kind.handle(loop)
    req = _core.ConnectReq(lambda req, status: order.append(status))
    if kind is TCP:
        listener = socket.create_server(("127.0.0.1", 0))
        assert handle.connect(req, *listener.getsockname()) == 0
    else:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(tmp_path / "socket"))
        listener.listen()
        assert handle.connect(req, listener.getsockname()) == 0
    handle.close(lambda: order.append("closed"))
    loop.run()
    listener.close()
    assert order == [_core.UV_ECANCELED, "closed"]


def test_requests_live_until_they_complete(loop, connected):
    handle, peer = connected
    size = fill(handle)
    statuses = []
    req = _core.WriteReq(lambda req, status: statuses.append(status))
    data = bytearray(1000)
    ref = weakref.ref(req) if hasattr(req, "__weakref__") else None
    assert handle.write_buffer(req, data) == 1000
    del req
    gc.collect()
    assert ref is None or ref() is not None
    with pytest.raises(BufferError):
        data.append(1)  # exported while it is queued
    close(handle)
    assert statuses == [_core.UV_ECANCELED] and size
    data.append(1)
    peer.close()


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
def test_every_close_callback_is_called_though_each_raises(loop, unraisable, error):
    called = []

    def on_close(i):
        called.append(i)
        raise error(i)

    for i in range(5):
        _core.TCP(loop).close(lambda i=i: on_close(i))
    with pytest.raises(error):
        loop.run()
    assert sorted(called) == list(range(5)) and loop.open_handles == 0
    assert len(unraisable) == 4


def test_loop_close_calls_the_close_callbacks_of_what_it_closes(unraisable):
    loop = _core.Loop()
    called = []
    for _ in range(3):
        _core.TCP(loop).close(lambda: called.append("closed") or [].pop())
    left = _core.Timer(loop, print)
    left.start(1000)
    with pytest.raises((IndexError, ResourceWarning)):
        loop.close()
    loop.close()
    assert called == ["closed"] * 3 and left.closed and loop.is_closed()


def test_a_close_callback_cannot_make_handles_on_a_closing_loop(must_call):
    loop = _core.Loop()

    @must_call
    def on_close():
        with pytest.raises(RuntimeError, match="closing"):
            _core.TCP(loop)
        with pytest.raises(RuntimeError):
            loop.close()

    _core.TCP(loop).close(on_close)
    loop.close()


# ---------------------------------------------------------------------- references


def test_closures_die_with_the_handle(loop, kind):
    class Thing:
        pass

    things = []

    def closure():
        thing = Thing()
        things.append(weakref.ref(thing))
        return lambda *args: thing

    handle, peer = adopt(loop, kind)
    handle.onread, handle.onconnection, handle.onsplice = closure(), closure(), closure()
    handle.close(closure())
    assert all(thing() for thing in things)
    loop.run()
    # Dropped at the close, though the handle itself is still referred to.
    assert handle.closed and not any(thing() for thing in things)
    peer.close()


def test_a_handle_in_a_cycle_with_its_closure_is_collected(loop, kind):
    handle, peer = adopt(loop, kind)
    handle.onread = lambda nread, data, handle=handle: None
    ref = weakref.ref(handle)
    handle.read_start()
    del handle
    gc.collect()
    assert ref() is not None  # open, so alive
    ref().close()
    loop.run()
    assert ref() is None  # without a collection
    peer.close()


def test_a_subclass_with_a_finalizer(loop):
    order = []

    class Handle(_core.TCP):
        def __del__(self):
            order.append("del")
            assert self.close() == _core.UV_EBADF
            assert self.closed

    Handle(loop).close(lambda: order.append("closed"))
    loop.run()
    assert order == ["closed", "del"]


def test_calls_that_wait_die_with_the_loop():
    class Thing:
        pass

    thing = Thing()
    ref = weakref.ref(thing)
    loop = _core.Loop()
    for schedule in (loop.call_soon, loop.next_tick, loop.set_immediate):
        schedule(lambda thing=thing: None)
    loop.call_later(100, lambda thing=thing: None)
    loop.close()
    del thing
    assert ref() is None
    loop_ref = weakref.ref(loop)
    del loop, schedule
    gc.collect()
    assert loop_ref() is None
