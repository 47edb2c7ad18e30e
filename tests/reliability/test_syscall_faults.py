"""The n-th call of each kind fails, for n = 1, 2, ... until none is left to fail.

A small echo session (session_cases.py) has to end by itself: served, or stopped by an error that
names the one that was injected. It must not abort, crash, hang, or deliver wrong bytes.
"""

from __future__ import annotations

import errno
import os

import pytest

from .harness import SANITIZED, Nursery

CASES = "session_cases.py"

# The errors that a call takes without telling anybody, for it is tried again or does not matter.
ANY = ["EINTR", "EAGAIN", "ENOMEM", "ENOBUFS", "EIO", "EPIPE", "ECONNRESET"]
RETRIED = {
    "accept4": ANY,
    "close": ANY,
    "connect": ["EINTR"],
    "epoll_pwait": ["EINTR"],
    "read": ["EINTR", "EAGAIN"],
    "write": ["EINTR", "EAGAIN", "ENOBUFS"],
    "writev": ["EINTR", "EAGAIN", "ENOBUFS"],
}
CALLS = [
    *("socket", "bind", "listen", "getsockname", "setsockopt", "getsockopt", "shutdown"),
    *("epoll_create1", "eventfd2", "pipe2", "epoll_ctl", "fcntl", "ioctl"),
    *RETRIED,
]

# libuv keeps its signal handlers apart by a byte in a pipe. It makes the pipe with the first loop
# of a process, and aborts when it cannot, which is tried out first (pipe2: 1), and when it cannot
# write the byte. Neither happens to a process that no debugger interferes with.
ABORTS = {("pipe2", 2), ("write", 1)}


def fail_each(nursery: Nursery, call: str, error: str) -> list[str]:
    """Run the session with the first call failing, then with the second, ...; the outcomes."""
    if SANITIZED and call == "epoll_pwait" and error != "EINTR":
        pytest.skip("libuv's assertions are compiled in")
    outcomes = []
    for n in range(1, 100):
        answer = nursery.case("echo_session", inject=f"{call}:error={error}:when={n}")
        where = f"{call} {n}: {error}"
        if not answer["injected"]:
            assert answer["result"] == "echoed", where
            assert outcomes, f"the session makes no call of {call}"
            return outcomes
        if (call, n) in ABORTS and answer["status"] == -6:
            outcomes.append("abort")
            continue
        assert answer["status"] is not None, f"{where}: hangs"
        assert answer["status"] == 0, f"{where}: {answer}"
        assert "raised" not in answer, f"{where}: {answer}"
        result = answer["result"]
        outcomes.append(result)
        if result == "echoed":
            continue
        assert error not in RETRIED.get(call, []), f"{where}: {result}"
        names = {error, "EBADF"} if (call, error) == ("epoll_ctl", "EPERM") else {error}
        told = (*names, *(os.strerror(getattr(errno, name)) for name in names))
        assert result.endswith(told), f"{where}: {result}"
        assert answer["said"] == "", f"{where}: {answer}"
    pytest.fail(f"the session makes more than 100 calls of {call}")


@pytest.mark.parametrize("call", CALLS)
def test_nth_call_fails(nursery: Nursery, call: str) -> None:
    error = "ECONNRESET" if call in ("read", "write", "writev") else "ENOMEM"
    outcomes = fail_each(nursery, call, error)
    print(f"\n{call}: {error}: {outcomes}")
    if call not in ("accept4", "close"):
        assert set(outcomes) != {"echoed"}  # somebody was told


@pytest.mark.parametrize("call", RETRIED)
def test_nth_call_is_interrupted(nursery: Nursery, call: str) -> None:
    outcomes = fail_each(nursery, call, "EINTR")
    assert set(outcomes) == {"echoed"}


@pytest.mark.slow
@pytest.mark.parametrize("error", [*ANY, "EBADF", "EINVAL", "EPERM", "EMFILE"])
@pytest.mark.parametrize("call", CALLS)
def test_nth_call_fails_with_each_error(nursery: Nursery, call: str, error: str) -> None:
    fail_each(nursery, call, error)
