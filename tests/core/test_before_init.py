"""Every class in every state a program can get it into: any call answers, none crashes.

Each class is abused in a process of its own, so that a crash is one failed test, with a traceback.
"""

from __future__ import annotations

import pytest

from uvnet import _core

CLASSES = sorted(
    name
    for name, value in vars(_core).items()
    if isinstance(value, type) and not issubclass(value, tuple)
)
HANDLES = [name for name in CLASSES if issubclass(getattr(_core, name), _core.Handle)]
REQUESTS = [name for name in CLASSES if issubclass(getattr(_core, name), _core.Request)]
MADE = [name for name in HANDLES if name not in ("Handle", "Stream")]  # that have an __init__

ABUSE = r"""
import itertools, os, random, sys, warnings
from uvnet import _core

ALLOWED = (TypeError, ValueError, RuntimeError, OSError, AttributeError, BufferError)
ALLOWED += (OverflowError, KeyError)
name, state = sys.argv[1:]
cls = getattr(_core, name)
warnings.simplefilter("ignore")
sys.unraisablehook = lambda args: None
random = random.Random(1)
loop = _core.Loop()


class Odd:
    def __index__(self):
        return 1

    __int__ = __index__


class Broken:
    def __call__(self, *args):
        raise ZeroDivisionError

    def __index__(self):
        raise ValueError("no number")

    __int__ = __float__ = __bool__ = __len__ = __iter__ = __fspath__ = __index__


def values():
    "What is passed; an object of each class that has not been initialised, among others."
    yield from (None, 0, 1, -1, 255, 65536, 2**31, 2**63, 2**200, 0.5, float("nan"))
    yield from ("", "127.0.0.1", "\udc80", "a\0b", "x" * 300, b"", b"abc", bytearray(3))
    yield from (memoryview(b"abcdef")[::2], (), [], [b"x", 1], {}, object, print)
    yield from (lambda *args: None, Odd(), Broken(), loop)
    for value in vars(_core).values():
        if isinstance(value, type) and not issubclass(value, tuple):
            yield value.__new__(value)


VALUES = list(values())


def attempt(function, *args, check=True):
    try:
        result = function(*args)
    except ALLOWED:
        return
    except BaseException as exc:
        raise SystemExit(f"{function} {args!r:.200}: {exc!r}") from exc
    if check and issubclass(cls, _core.Handle):
        assert result is None or type(result) in (int, bool, str), (function, args, result)


def skipped(attribute):
    # object's; what never returns by design; what gives descriptors away; and what takes
    # the process's signals from it.
    if attribute.startswith("__") or attribute == "run_forever":
        return True
    return state == "live" and attribute in ("open", "_hear_signals") or (
        state == "live" and name == "Signal" and attribute == "start")


def names(thing):
    found = [a for a in dir(type(thing)) if not skipped(a)]
    return sorted(found, key=lambda a: (a in ("close", "reset"), a))


def abuse(thing):
    assert repr(thing)
    checked = state != "live"
    for attribute in names(thing):
        attempt(getattr, thing, attribute, check=False)
        method = getattr(thing, attribute, None)
        if callable(method):
            for count in (0, 1, 2):
                for args in itertools.product(VALUES, repeat=count):
                    attempt(method, *args, check=checked)
            for _ in range(1000):
                args = random.choices(VALUES, k=random.choice((3, 4)))
                attempt(method, *args, check=checked)
    for attribute in names(thing):
        for value in VALUES:
            attempt(setattr, thing, attribute, value)
            attempt(getattr, thing, attribute, check=False)
        attempt(delattr, thing, attribute)
        attempt(getattr, thing, attribute, check=False)
    for function in (repr, hash, dir, str, bool):
        attempt(function, thing, check=False)
    for value in VALUES:
        thing == value, thing != value
    for operation in ("__reduce__", "__reduce_ex__", "__copy__", "__getstate__", "__sizeof__"):
        attempt(getattr(thing, operation, repr), check=False)


def settle():
    for handle_loop in (loop, _core.current_loop()):
        for _ in range(3):
            if not handle_loop.is_closed():
                handle_loop.stop()
                try:
                    handle_loop.run()
                except BaseException:
                    pass
"""

WITHOUT_INIT = """
class Without(cls):
    def __init__(self, *args):
        self.extra = args

class Late(cls):
    def __init__(self, *args):
        repr(self), getattr(self, "active", 0), getattr(self, "close", repr)

class With(cls):
    def __init__(self, *args):
        super().__init__(*args)

abuse(cls.__new__(cls))
abuse(Without(1, 2))
abuse(Late())
if name not in ("Poll", "Watch", "SockWatch", "Handle", "Stream"):
    state = "live"
    abuse(With(loop) if issubclass(cls, _core.Handle) else With())
thing = cls.__new__(cls)
for args in [(), *((value,) for value in VALUES), *itertools.product(VALUES, repeat=2)]:
    attempt(cls.__init__, thing, *args)
    if len(args) < 2 and issubclass(cls, _core.Handle):
        thing.close()
        thing = cls.__new__(cls)
"""

LIVE = """
if name in ("Poll", "Watch", "SockWatch"):
    import socket
    pair = [socket.socketpair() for _ in range(2)]
    args = [(loop, pair[0][0].fileno()), (loop, pair[1][0].fileno())]
else:
    args = [(loop,), (loop,)]
thing = cls(*args[0])
abuse(thing)
settle()
abuse(thing)
state = "closed"
thing = cls(*args[1])
thing.close()
abuse(thing)
settle()
assert thing.closed
abuse(thing)
"""

END = """
settle()
loop.close()
print("survived")
"""


def survive(python, name, state, code):
    # The debugging allocators are too slow for so many calls: what is wrong is a null pointer.
    done = python(ABUSE + code + END, name, state, PYTHONMALLOC="default")
    assert done.stdout.endswith("survived\n")


@pytest.mark.parametrize("name", CLASSES)
def test_without_init(python, name):
    survive(python, name, "raw", WITHOUT_INIT)


@pytest.mark.parametrize("name", MADE)
def test_live_and_then_closed(python, name):
    survive(python, name, "live", LIVE)


@pytest.mark.parametrize("name", MADE)
def test_a_second_init_is_refused(loop, name):
    cls = getattr(_core, name)
    handle = cls.__new__(cls)
    args = (loop, 0) if name in ("Poll", "Watch", "SockWatch") else (loop,)
    if len(args) == 1:
        handle.__init__(*args)
        with pytest.raises(RuntimeError, match="already initialised"):
            handle.__init__(*args)
        assert loop.open_handles == 1 and handle.close() == 0
        loop.run()
    with pytest.raises((RuntimeError, OSError)):
        _core.TCP.__new__(_core.TCP).__init__(_closed_loop())


def _closed_loop():
    closed = _core.Loop()
    closed.close()
    return closed


@pytest.mark.parametrize("name", ["Handle", "Stream"])
def test_base_classes_are_not_made(name):
    with pytest.raises(TypeError, match="cannot create"):
        getattr(_core, name)()


@pytest.mark.parametrize("name", HANDLES)
def test_uninitialised_handles_answer_bad_descriptor(name):
    cls = getattr(_core, name)
    handle = cls.__new__(cls)
    assert handle.loop is None and not handle.closing and not handle.closed and not handle.active
    assert handle.close() == handle.ref() == handle.unref() == _core.UV_EBADF
    assert "uninitialised" in repr(handle)


def test_a_failed_init_may_be_repeated(loop):
    poll = _core.Poll.__new__(_core.Poll)
    with pytest.raises(OSError):
        poll.__init__(loop, -1)
    assert poll.loop is None and loop.open_handles == 0
    assert poll.start(1) == _core.UV_EBADF
    with pytest.raises(OSError):
        poll.__init__(loop, 1 << 30)


def test_an_argument_that_closes_the_handle(loop):
    """Comparing a port may run Python code, and so may exporting a buffer or counting a list."""
    handle = _core.TCP(loop)

    class Port(int):
        def __ge__(self, other):
            handle.close()
            return True

        __le__ = __ge__

    req = _core.ConnectReq()
    assert handle.connect(req, "127.0.0.1", Port(1)) < 0
    assert not req.pending
    handle = _core.TCP(loop)
    assert handle.bind("127.0.0.1", Port(0)) < 0

    def chunks():
        handle.close()
        yield b"x"

    handle = _core.TCP(loop)
    assert handle.writev(None, chunks()) == _core.UV_EBADF
    loop.run()
    assert loop.open_handles == 0
