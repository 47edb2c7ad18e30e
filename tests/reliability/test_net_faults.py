"""The n-th call of each kind fails in a session of net (net_cases.py): nothing is left behind.

Servers that listen by name, on a BoundSocket and on a path, with a block list; their clients; and
lookups. Whatever fails, the session ends, and afterwards every descriptor and path is gone, and no
descriptor has been closed twice.
"""

from __future__ import annotations

import pytest

from .harness import SANITIZED, Nursery

CASES = "net_cases.py"

CALLS = [
    *("socket", "bind", "listen", "accept4", "connect", "getsockname", "setsockopt", "getsockopt"),
    *("shutdown", "ioctl", "fcntl", "epoll_ctl", "unlink"),
]
HARMLESS = {"accept4", "shutdown", "unlink"}  # tried again, or of no matter


@pytest.mark.parametrize(
    "error",
    [
        "ENOMEM",
        *(pytest.param(name, marks=pytest.mark.slow) for name in ("EINTR", "EMFILE", "EINVAL")),
    ],
)
@pytest.mark.parametrize("call", CALLS)
def test_nth_call_fails(nursery: Nursery, call: str, error: str) -> None:
    if SANITIZED and call == "epoll_ctl":
        pytest.skip("libuv's assertions are compiled in")
    outcomes = []
    for n in range(1, 100):
        answer = nursery.case("net_session", inject=f"{call}:error={error}:when={n}")
        where = f"{call} {n}: {error}: {answer}"
        assert answer["status"] is not None, f"{where}: hangs"
        assert (answer["status"], answer["said"], answer["closed_twice"]) == (0, "", []), where
        assert "raised" not in answer, where
        result = answer["result"]
        assert (result["left"], result["lost"]) == ({}, {}), where
        assert result["paths"] == [] or call == "unlink", where
        if not answer["injected"]:
            assert result["result"] == "served", where
            break
        outcomes.append(result["result"])
    else:
        pytest.fail(f"the session makes more than 100 calls of {call}")
    print(f"\n{call}: {error}: {outcomes}")
    assert outcomes, f"the session makes no call of {call}"
    if error == "ENOMEM" and call not in HARMLESS:
        assert set(outcomes) != {"served"}  # somebody was told
