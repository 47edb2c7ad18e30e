"""Lookups in libuv's thread pool. No name here leaves the machine."""

from __future__ import annotations

import os
import socket

import pytest

from uvnet import _core

from .helpers import InThread, shown


def lookup(loop, *args, **kwargs):
    """Return (status, result) of a getaddrinfo."""
    found = []
    req = _core.GetAddrInfoReq(lambda req, status: found.append((status, req.result)))
    status = _core.getaddrinfo(req, *args, loop=loop, **kwargs)
    if status:
        return status, None
    assert req.pending and req.result is None
    loop.run()
    assert not req.pending and req.loop is loop
    return found[0]


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [
        (("127.0.0.1",), {}),
        (("127.0.0.1", "80"), {"type": socket.SOCK_STREAM}),
        (("::1", "80"), {"type": socket.SOCK_STREAM}),
        (("localhost", "80"), {"family": socket.AF_INET}),
        (("localhost", None), {}),
        ((None, "80"), {"flags": socket.AI_PASSIVE}),
        ((None, "80"), {}),
        (("localhost", "http"), {"proto": socket.IPPROTO_TCP}),
        (("localhost",), {"flags": socket.AI_CANONNAME}),
        ((b"localhost", b"80"), {"type": socket.SOCK_DGRAM}),
    ],
    ids=repr,
)
def test_it_answers_as_the_socket_module(loop, args, kwargs):
    host, service = (*args, None)[:2]
    names = {"type": "type", "family": "family", "proto": "proto", "flags": "flags"}
    expected = socket.getaddrinfo(host, service, **{names[k]: v for k, v in kwargs.items()})
    status, result = lookup(loop, *args, **kwargs)
    assert status == 0
    assert result == expected


def test_a_name_that_does_not_exist(loop):
    status, result = lookup(loop, "does-not-exist.invalid")
    assert status in (_core.UV_EAI_NONAME, _core.UV_EAI_AGAIN) and result is None


@pytest.mark.parametrize(
    ("args", "error"),
    [
        (("a\0b",), ValueError),
        ((b"a\0b",), ValueError),
        (("x" * 254,), ValueError),
        (("x." * 127 + "xx",), ValueError),
        (("ä" * 100,), ValueError),
        (("\ud800",), ValueError),
        (("ä" * 1_000_000,), ValueError),
        (("a", "b\0"), ValueError),
        ((5,), TypeError),
        ((["localhost"],), TypeError),
        (("localhost", 80), TypeError),
        ((bytearray(b"localhost"),), TypeError),
    ],
    ids=repr,
)
def test_names_that_must_not_reach_the_resolver(loop, args, error):
    req = _core.GetAddrInfoReq()
    with pytest.raises(error):
        _core.getaddrinfo(req, *args, loop=loop)
    assert not req.pending
    loop.run()


def test_nothing_to_look_up(loop):
    assert lookup(loop, None) == (_core.UV_EINVAL, None)


def test_the_longest_names(loop):
    for name in ("x." * 126 + "x", "x." * 126 + "x."):
        status, _ = lookup(loop, name)
        assert status < 0


def test_names_outside_ascii(loop):
    status, _ = lookup(loop, "münchen.invalid")
    assert status in (_core.UV_EAI_NONAME, _core.UV_EAI_AGAIN)


def test_numeric_flags(loop):
    status, result = lookup(loop, "localhost", flags=socket.AI_NUMERICHOST)
    assert status == _core.UV_EAI_NONAME and result is None
    status, _ = lookup(loop, "127.0.0.1", family=9999)
    assert status < 0


def test_many_at_once(loop):
    """More than the pool has threads; each is answered once."""
    answers = []
    requests = []
    for i in range(200):
        req = _core.GetAddrInfoReq(lambda req, status, i=i: answers.append((i, status, req)))
        assert _core.getaddrinfo(req, f"127.0.0.{i + 1}", "1", loop=loop, type=1) == 0
        requests.append(req)
    loop.run()
    assert sorted(i for i, *_ in answers) == list(range(200))
    for i, status, req in answers:
        assert status == 0 and req is requests[i]
        assert req.result[0][4] == (f"127.0.0.{i + 1}", 1)


def test_a_request_in_flight_may_not_be_used(loop, must_call):
    req = _core.GetAddrInfoReq(must_call())
    assert _core.getaddrinfo(req, "127.0.0.1", loop=loop) == 0
    with pytest.raises(RuntimeError, match="in flight"):
        _core.getaddrinfo(req, "127.0.0.1", loop=loop)
    loop.run()


def test_a_request_may_be_used_again(loop, must_call):
    left = [b"127.0.0.2", b"127.0.0.3"]
    seen = []

    def done(req, status):
        seen.append(req.result[0][4][0])
        if left:
            assert _core.getaddrinfo(req, left.pop(), loop=loop) == 0
            assert req.result is None

    req = _core.GetAddrInfoReq(must_call(done, 3))
    _core.getaddrinfo(req, "127.0.0.1", loop=loop)
    loop.run()
    assert seen == ["127.0.0.1", "127.0.0.3", "127.0.0.2"]


# glibc reads the file named by HOSTALIASES in each lookup: opening a FIFO stops it there, where it
# holds no lock that a forked child would miss.
BLOCKED = """
import os, sys, time
from uvnet import _core

fifo = os.environ["HOSTALIASES"]
os.mkfifo(fifo)
loop = _core.Loop()
done = []
requests = [
    _core.GetAddrInfoReq(lambda req, status: done.append((requests.index(req), status)))
    for _ in range(8)
]
assert requests[0].cancel() == _core.UV_EINVAL

def start(request):
    assert _core.getaddrinfo(request, "name", "80", loop=loop) == 0

def hang(request, patience=0.01):
    "Start a lookup that a thread of the pool has begun: no other can be cancelled."
    start(request)
    time.sleep(patience)
    if request.cancel() == 0:
        while request.pending:
            loop.stop()  # one turn
            loop.run()
        hang(request, 2 * patience)

hang(requests[0])
hang(requests[1])
for request in requests[2:]:
    start(request)
done.clear()
"""
blocking = pytest.mark.skipif(
    "CS_GNU_LIBC_VERSION" not in os.confstr_names or not os.path.isdir("/proc/self/task"),
    reason="needs the GNU C library to make a lookup hang",
)


@blocking
def test_cancel(python, tmp_path):
    """Those that wait for a thread can be cancelled, and say so while others still hang."""
    code = """
results = [request.cancel() for request in requests]
busy = [i for i, result in enumerate(results) if result == _core.UV_EBUSY]
assert 0 < len(busy) < 8 and set(results) == {0, _core.UV_EBUSY}, results
cancelled = {i for i in range(8) if i not in busy}
loop.call_later(30, os._exit, 3)
while len(done) < len(cancelled):
    loop.stop()
    loop.run()
assert {i for i, _ in done} == cancelled
assert {status for _, status in done} <= {_core.UV_ECANCELED, _core.UV_EAI_CANCELED}
assert all(requests[i].pending for i in busy)
assert not any(requests[i].pending for i in cancelled)
assert requests[min(cancelled)].cancel() == _core.UV_EINVAL
os._exit(0)  # the rest hangs for ever
"""
    python(BLOCKED + code, HOSTALIASES=str(tmp_path / "fifo"))


@blocking
@pytest.mark.parametrize("leave", ["sys.exit(7)", "os._exit(7)", "raise SystemExit(7)"])
def test_the_process_does_not_wait_for_a_lookup(python, tmp_path, leave):
    """A name server that does not answer would keep it for half a minute."""
    python(BLOCKED + leave, HOSTALIASES=str(tmp_path / "fifo"), returncode=7)


@blocking
def test_a_child_forked_during_lookups_can_look_up(python, tmp_path):
    """libuv's pool in the child does not count the parent's lookups as running."""
    code = """
import signal, warnings

warnings.simplefilter("ignore", DeprecationWarning)
child = os.fork()
if not child:
    signal.alarm(60)
    loop = _core.Loop()
    found = []
    for i in range(10):
        request = _core.GetAddrInfoReq(lambda req, status: found.append(status))
        _core.getaddrinfo(request, "127.0.0.1", "80", loop=loop)
    loop.run()
    assert found == [0] * 10
    os._exit(0)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
os._exit(0)
"""
    python(BLOCKED + code, HOSTALIASES=str(tmp_path / "fifo"), timeout=80)


def test_cancel_name(loop):
    statuses = []
    requests = [
        _core.GetNameInfoReq(lambda req, status: statuses.append(status)) for _ in range(100)
    ]
    assert requests[0].cancel() == _core.UV_EINVAL
    for req in requests:
        _core.getnameinfo(req, "127.0.0.1", 80, loop=loop)
    results = [req.cancel() for req in requests]
    loop.run()
    assert set(results) <= {0, _core.UV_EBUSY} and len(statuses) == 100


def test_an_exception_in_oncomplete(loop):
    def fail(req, status):
        raise ValueError("oncomplete")

    _core.getaddrinfo(_core.GetAddrInfoReq(fail), "127.0.0.1", loop=loop)
    with pytest.raises(ValueError, match="oncomplete"):
        loop.run()
    loop.run()


def test_closing_the_loop_waits_for_what_is_in_flight(must_call):
    loop = _core.Loop()
    for _ in range(20):
        _core.getaddrinfo(_core.GetAddrInfoReq(must_call()), "localhost", loop=loop)
    loop.close()


def test_on_a_closed_loop():
    loop = _core.Loop()
    loop.close()
    with pytest.raises(RuntimeError, match="closed"):
        _core.getaddrinfo(_core.GetAddrInfoReq(), "localhost", loop=loop)
    with pytest.raises(RuntimeError, match="closed"):
        _core.getnameinfo(_core.GetNameInfoReq(), "127.0.0.1", 1, loop=loop)


def test_the_current_loop_is_the_default(loop):
    status = []

    def start():
        req = _core.GetNameInfoReq(lambda req, code: status.append((req.loop, code)))
        assert _core.getnameinfo(req, "127.0.0.1", 1) == 0

    loop.call_soon(start)
    loop.run()
    assert status == [(loop, 0)]


@pytest.mark.parametrize("wrong", [None, 5, _core.WriteReq()], ids=shown)
def test_requests_of_a_wrong_type(loop, wrong):
    with pytest.raises(TypeError):
        _core.getaddrinfo(wrong, "localhost", loop=loop)
    with pytest.raises(TypeError):
        _core.getnameinfo(wrong, "127.0.0.1", 1, loop=loop)
    with pytest.raises(TypeError):
        _core.getaddrinfo(_core.GetAddrInfoReq(), "localhost", loop=5)
    with pytest.raises(TypeError):
        _core.getnameinfo(_core.GetAddrInfoReq(), "127.0.0.1", 1, loop=loop)


# ---------------------------------------------------------------------- getnameinfo


def name(loop, *args, **kwargs):
    found = []
    req = _core.GetNameInfoReq(lambda req, status: found.append((status, req.result)))
    status = _core.getnameinfo(req, *args, loop=loop, **kwargs)
    if status:
        return status, None
    loop.run()
    return found[0]


def test_getnameinfo(loop):
    assert name(loop, "127.0.0.1", 80) == (0, socket.getnameinfo(("127.0.0.1", 80), 0))
    numeric = socket.NI_NUMERICHOST | socket.NI_NUMERICSERV
    assert name(loop, "127.0.0.1", 80, flags=numeric) == (0, ("127.0.0.1", "80"))
    assert name(loop, "::1", 65535, flags=numeric) == (0, ("::1", "65535"))
    assert name(loop, "192.0.2.1", 1, flags=socket.NI_NAMEREQD)[0] < 0


@pytest.mark.parametrize(
    ("ip", "port", "outcome"),
    [
        ("localhost", 80, _core.UV_EINVAL),
        ("", 80, _core.UV_EINVAL),
        ("127.0.0.1\0", 80, _core.UV_EINVAL),
        (5, 80, TypeError),
        ("127.0.0.1", "80", TypeError),
        ("127.0.0.1", 65536, ValueError),
        ("127.0.0.1", -1, ValueError),
    ],
    ids=repr,
)
def test_getnameinfo_of_what_is_no_address(loop, ip, port, outcome):
    if isinstance(outcome, int):
        assert name(loop, ip, port) == (outcome, None)
    else:
        with pytest.raises(outcome):
            name(loop, ip, port)


def test_lookups_from_two_loops_in_two_threads():
    def run():
        loop = _core.Loop()
        try:
            for _ in range(30):
                assert lookup(loop, "localhost")[0] == 0
        finally:
            loop.close()

    for thread in [InThread(run) for _ in range(3)]:
        thread.result()


@pytest.mark.parametrize("kind", ["getaddrinfo", "getnameinfo"])
def test_a_callback_that_looks_up_again_does_not_keep_a_loop_from_closing(kind):
    loop = _core.Loop()
    answers, refused = [], []

    def start():
        if kind == "getaddrinfo":
            _core.getaddrinfo(_core.GetAddrInfoReq(again), "localhost", loop=loop)
        else:
            _core.getnameinfo(_core.GetNameInfoReq(again), "127.0.0.1", 80, loop=loop)

    def again(req, status):
        answers.append(status)
        if len(answers) < 50:  # and not for ever
            try:
                start()
            except RuntimeError as exc:
                refused.append(str(exc))

    start()
    loop.close()
    assert (answers, refused) == ([0], ["Event loop is closing"])
