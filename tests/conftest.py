"""Every test ends with nothing left over, and with everything called that had to be called.

Checked after each test: no descriptor, thread, loop or handle more than before; no exception that
nobody retrieved; each must_call() called as often as it says. A test that hangs is ended.
"""

from __future__ import annotations

import functools
import gc
import importlib.util
import logging
import os
import signal
import subprocess
import sys
import threading
import warnings
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

# Seconds: ten times what the longest test takes on a machine that is not busy.
HANGS_AFTER = 300.0  # what hangs is interrupted, and again every second
FD_FOLDER = "/proc/self/fd" if sys.platform == "linux" else "/dev/fd"

_checks: pytest.StashKey[list[Callable[[], None]]] = pytest.StashKey()


def pytest_configure() -> None:
    # A shell has what it starts in the background ignore SIGINT, and so would our children.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """Make what is made once a process, and leave what exists out of every later collection."""
    if importlib.util.find_spec("uvnet._core.loop") is not None:
        from uvnet import _core

        # The first loop of a process opens libuv's pipe for signals, and the thread pool.
        loop = _core.Loop()
        _core.getnameinfo(_core.GetNameInfoReq(), "127.0.0.1", 0, loop=loop)
        loop.run()
        loop.close()
    gc.collect()
    gc.freeze()
    if threshold := os.environ.get("UVNET_TEST_GC"):  # 1: a collection at nearly every allocation
        gc.set_threshold(int(threshold))


# ------------------------------------------------------------------ what is left over


def open_descriptors() -> dict[int, tuple[int, int, int]]:
    """Return what each open descriptor of this process refers to."""
    found = {}
    for name in os.listdir(FD_FOLDER):
        try:
            status = os.fstat(int(name))
        except OSError:  # the one that listed the folder
            continue
        found[int(name)] = status.st_dev, status.st_ino, status.st_mode
    return found


def describe_descriptor(fd: int) -> str:
    try:
        return f"{fd} -> {os.readlink(f'{FD_FOLDER}/{fd}')}"
    except OSError:
        return str(fd)


def living_loops() -> list[Any]:
    core = sys.modules.get("uvnet._core.loop")
    return [] if core is None else list(core._live_loops)


def close_default_loop(loops: list[Any]) -> None:
    """Close this thread's default loop if it is one of these: tests share the thread."""
    core = sys.modules["uvnet._core"]
    default = core.current_loop()
    if default not in loops or default.open_handles == 0:
        default.close()


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    """Compare descriptors, threads and loops before and after the test."""
    fds = open_descriptors()
    threads = set(threading.enumerate())
    known = weakref.WeakSet(living_loops())
    yield
    loops = [loop for loop in living_loops() if loop not in known]
    if any(not loop.is_closed() for loop in loops):
        close_default_loop(loops)
    left = [f"open loop: {loop!r}" for loop in loops if not loop.is_closed()]
    left += [
        f"{loop.open_handles} open handle(s) of {loop!r}" for loop in loops if loop.open_handles
    ]
    now = open_descriptors()
    left += [f"descriptor {describe_descriptor(fd)}" for fd in now if fds.get(fd) != now[fd]]
    left += [f"thread {thread!r}" for thread in threading.enumerate() if thread not in threads]
    if left:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for loop in loops:  # else the next test waits for the handles of this one
                loop.close()
        pytest.fail("the test left over: " + "; ".join(left), pytrace=False)


# ----------------------------------------------------------------- what was not told


class Records(logging.Handler):
    """Keeps what asyncio logs as an error: mostly an exception that nobody retrieved."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture(autouse=True)
def nothing_is_unretrieved(nothing_is_left: None) -> Iterator[Records]:
    """Fail for every error in asyncio's log that the test does not take from asyncio_log."""
    records = Records()
    logger = logging.getLogger("asyncio")
    logger.addHandler(records)
    yield records
    gc.collect()  # what is unclosed warns here, and a warning is an error
    logger.removeHandler(records)
    if records.records:
        format_record = logging.Formatter().format
        texts = [format_record(record) for record in records.records]
        pytest.fail("asyncio logged:\n" + "\n".join(texts), pytrace=False)


@pytest.fixture
def asyncio_log(nothing_is_unretrieved: Records) -> Callable[[], list[logging.LogRecord]]:
    """A function that takes the errors out of asyncio's log, for the test to look at."""

    def take() -> list[logging.LogRecord]:
        gc.collect()
        taken, nothing_is_unretrieved.records = nothing_is_unretrieved.records, []
        return taken

    return take


@pytest.fixture
def unraisable(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The exceptions that reached sys.unraisablehook, where a test expects some."""
    found: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda args: found.append(args.exc_value))
    return found


# ------------------------------------------------------------------------ what hangs


@pytest.fixture(autouse=True)
def nothing_hangs(request: pytest.FixtureRequest) -> Iterator[None]:
    """Interrupt the main thread when the test hangs; it need not be the fastest machine."""
    slow = request.node.get_closest_marker("slow") is not None

    def give_up(signum: int, frame: FrameType | None) -> None:
        pytest.fail(f"hangs: not done after {HANGS_AFTER:g} seconds")

    if slow or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, HANGS_AFTER, 1.0)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


# ------------------------------------------------------------------ what must be called


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Iterator[Any]:
    result = yield
    for check in pyfuncitem.stash.get(_checks, []):
        check()
    return result


@pytest.fixture
def must_call(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """must_call(function=None, exactly=1): `function`, which must be called that many times.

    Checked when the test function has returned. The wrapper counts in its `calls` attribute.
    (Node: test/common mustCall)
    """
    checks = request.node.stash.setdefault(_checks, [])

    def wrap(function: Callable[..., Any] | None = None, exactly: int = 1) -> Callable[..., Any]:
        function = function or (lambda *args: None)

        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            wrapper.calls += 1  # type: ignore[attr-defined]
            return function(*args, **kwargs)

        def check() -> None:
            calls = wrapper.calls  # type: ignore[attr-defined]
            assert calls == exactly, f"{function!r} called {calls} times, not {exactly}"

        wrapper.calls = 0  # type: ignore[attr-defined]
        checks.append(check)
        return wrapper

    return wrap


@pytest.fixture
def must_not_call(must_call: Callable[..., Any]) -> Callable[..., Any]:
    """A function that makes a callback which must never be called."""
    return lambda function=None: must_call(function, 0)


# --------------------------------------------------------------------------- loops


@pytest.fixture
def loop() -> Iterator[Any]:
    """A native loop. Closing it warns about every open handle, and a warning is an error."""
    from uvnet import _core

    loop = _core.Loop()
    yield loop
    loop.close()


@pytest.fixture
def aio_loop() -> Iterator[Any]:
    """A loop of uvnet.new_event_loop()."""
    import uvnet

    loop = uvnet.new_event_loop()
    yield loop
    loop.close()


# ----------------------------------------------------------------------- processes


@pytest.fixture
def python(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """python(code, *args, returncode=0, timeout=120): run a program with this interpreter.

    Faulty memory shows: the allocators are the debugging ones. Returns the completed process, of
    which stdout and stderr are text; fails when it ends in another way than expected.
    """

    def run(
        code: str,
        *args: object,
        returncode: int = 0,
        timeout: float = 120.0,
        flags: tuple[str, ...] = (),
        **env: str,
    ) -> subprocess.CompletedProcess[str]:
        # Sanitizers bring allocators of their own.
        if "LD_PRELOAD" not in os.environ:
            env.setdefault("PYTHONMALLOC", "debug")
        path = [str(import_folder()), os.environ.get("PYTHONPATH", "")]
        env = {
            **os.environ,
            "PYTHONFAULTHANDLER": "1",
            "PYTHONPATH": os.pathsep.join(filter(None, path)),
            **env,
        }
        script = tmp_path / "program.py"
        script.write_text(code)
        process = subprocess.run(
            [sys.executable, *flags, str(script), *map(str, args)],
            capture_output=True,
            text=True,
            timeout=timeout,
            env=env,
            cwd=tmp_path,
        )
        assert process.returncode == returncode, (
            f"ended with {process.returncode}, not {returncode}\n{process.stdout}{process.stderr}"
        )
        assert "Fatal Python error" not in process.stderr, process.stderr
        return process

    return run


def import_folder() -> Path:
    """Return the folder that this process imports uvnet from: the source tree or an install."""
    import uvnet

    return Path(uvnet.__file__).resolve().parents[1]
