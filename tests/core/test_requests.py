"""Requests: what they share, and what happens to those that are pending when a handle closes."""

from __future__ import annotations

import gc
import pickle
import weakref

import pytest

from uvnet import _core

from .helpers import PIPE, TCP, adopt, fill

REQUESTS = [_core.ConnectReq, _core.WriteReq, _core.ShutdownReq]


@pytest.mark.parametrize("cls", [*REQUESTS, _core.GetAddrInfoReq, _core.GetNameInfoReq])
def test_a_fresh_request(cls):
    req = cls()
    assert req.oncomplete is None and req.handle is None and req.pending is False
    req = cls(print)
    assert req.oncomplete is print
    req.oncomplete = None
    assert req.oncomplete is None
    del req.oncomplete
    assert req.oncomplete is None
    with pytest.raises(AttributeError):
        req.handle = None
    with pytest.raises(AttributeError):
        req.pending = True
    with pytest.raises(TypeError):
        pickle.dumps(req)
    with pytest.raises(TypeError):
        cls(1, 2)


def test_write_request_has_the_size_of_what_was_queued(loop, connect):
    handle, _ = connect()
    req = _core.WriteReq()
    assert req.queued == 0
    fill(handle)
    handle.write_buffer(req, bytes(1234))
    assert req.queued == 1234
    assert handle.close() == 0
    loop.run()


@pytest.mark.parametrize("kind", [TCP, PIPE], ids=repr)
def test_pending_requests_are_cancelled_before_the_close_callback(loop, kind, must_call):
    handle, peer = adopt(loop, kind)
    events = []
    fill(handle)
    write = _core.WriteReq(must_call(lambda req, status: events.append(("write", status))))
    assert handle.write_buffer(write, b"never") == 5
    shutdown = _core.ShutdownReq(must_call(lambda req, status: events.append(("shutdown", status))))
    assert handle.shutdown(shutdown) == 0
    handle.onread = lambda *args: pytest.fail("read after close")
    handle.read_start()
    peer.sendall(b"unread")
    assert handle.close(must_call(lambda: events.append("closed"))) == 0
    assert events == []  # never within close()
    loop.run()
    assert events == [("write", _core.UV_ECANCELED), ("shutdown", _core.UV_ECANCELED), "closed"]
    assert write.handle is handle
    peer.close()


def test_a_pending_connect_is_cancelled(loop, must_call):
    events = []
    handle = _core.TCP(loop)
    req = _core.ConnectReq(must_call(lambda req, status: events.append(status)))
    assert handle.connect(req, "127.0.0.1", 1) == 0
    assert req.pending
    handle.close(must_call(lambda: events.append("closed")))
    loop.run()
    assert events == [_core.UV_ECANCELED, "closed"]


def test_a_pending_pipe_connect_is_cancelled(loop, tmp_path, must_call):
    events = []
    handle = _core.Pipe(loop)
    req = _core.ConnectReq(must_call(lambda req, status: events.append(status)))
    assert handle.connect(req, str(tmp_path / "nobody")) == 0
    handle.close(must_call(lambda: events.append("closed")))
    loop.run()
    assert events == [_core.UV_ECANCELED, "closed"]


def test_a_request_keeps_its_handle_and_is_kept_while_pending(loop, connect):
    handle, peer = connect()
    size = fill(handle)
    req = _core.WriteReq()
    dead = weakref.ref(req)
    handle.write_buffer(req, b"x")
    del req
    gc.collect()
    assert dead() is not None and dead().handle is handle
    handle.close()
    loop.run()
    gc.collect()
    assert dead() is None
    assert size


def test_a_request_of_a_subclass_with_slots_and_state(loop, connect, must_call):
    class Request(_core.WriteReq):
        def __init__(self, name):
            super().__init__(self.done)
            self.name = name
            self.result = None

        def done(self, req, status):
            assert req is self
            self.result = status

    handle, _ = connect()
    fill(handle)
    req = Request("name")
    handle.write_buffer(req, b"x")
    handle.close()
    loop.run()
    assert req.result == _core.UV_ECANCELED


def test_a_request_whose_init_never_ran(loop, connect):
    class Request(_core.WriteReq):
        def __init__(self):
            pass

    handle, _ = connect()
    fill(handle)
    for req in (Request(), _core.WriteReq.__new__(_core.WriteReq)):
        assert handle.write_buffer(req, b"x") == 1
        assert req.pending
    handle.close()
    loop.run()


@pytest.mark.parametrize("callback", [5, "text"], ids=repr)
def test_an_oncomplete_that_cannot_be_called(loop, connect, callback):
    handle, _ = connect()
    fill(handle)
    handle.write_buffer(_core.WriteReq(callback), b"x")
    handle.close()
    with pytest.raises(TypeError, match="not callable"):
        loop.run()
    loop.run()
    assert handle.closed


def test_oncomplete_may_be_changed_while_pending(loop, connect, must_call, must_not_call):
    handle, _ = connect()
    fill(handle)
    req = _core.WriteReq(must_not_call())
    handle.write_buffer(req, b"x")
    req.oncomplete = must_call()
    handle.close()
    loop.run()
