"""Descriptors that are closed, foreign or lacking: an error each time, never an abort."""

from __future__ import annotations

import pytest

from .harness import SANITIZED, Nursery

CASES = "descriptor_cases.py"


@pytest.mark.parametrize("moment", ["before", "while", "changed"])
@pytest.mark.parametrize("kind", ["tcp", "writing", "pipe", "listener", "poll"])
def test_closed_under_the_loop(nursery: Nursery, kind: str, moment: str) -> None:
    answer = nursery.case("closed_under_the_loop", kind, moment)
    print(f"\n{kind}, closed {moment}: {answer}")
    assert answer["status"] == 0, answer
    assert "raised" not in answer, answer
    if moment != "while":  # the kernel says nothing of a descriptor that it has forgotten
        assert "EBADF" in answer["result"], answer


def test_number_taken_over_by_another_handle(nursery: Nursery) -> None:
    answer = nursery.case("number_taken_over")
    assert answer["status"] == 0, answer
    assert answer.get("result") == "undisturbed", answer


@pytest.mark.skipif(SANITIZED, reason="libuv's assertions are compiled in")
def test_every_descriptor_closed_under_the_loop(nursery: Nursery) -> None:
    answer = nursery.case("every_descriptor_closed")
    assert answer["status"] == 0, answer
    assert answer["result"] == "run: 9", answer  # EBADF; and above all it does not spin


@pytest.mark.parametrize("kind", ["TCP", "Pipe", "Poll"])
def test_foreign_descriptors(nursery: Nursery, kind: str) -> None:
    answer = nursery.case("foreign_descriptors_given", kind)
    print(f"\n{kind}: {answer}")
    assert answer["status"] == 0, answer
    results = answer["result"]
    for name in ("closed", "negative", "far out", "too far out"):
        assert results[name] in ("EBADF", "OSError"), answer
    for name in ("file", "folder"):  # cannot be polled
        assert results[name] in ("EPERM", "ENOTSOCK", "PermissionError"), answer
    if kind == "TCP":
        adopted = {name for name, result in results.items() if result == "adopted"}
        assert adopted == {"stream socket", "listener"}


@pytest.mark.parametrize("kind", ["TCP", "Pipe", "Timer", "Signal", "Async"])
def test_handle_used_after_close(nursery: Nursery, kind: str) -> None:
    answer = nursery.case("handle_used_after_close", kind)
    assert (answer["status"], answer["result"]) == (0, []), answer


def test_listen_on_a_stream_at_work(nursery: Nursery) -> None:
    answer = nursery.case("listen_on_a_stream_at_work")
    assert (answer["status"], answer["said"]) == (0, ""), answer
    assert answer["result"] == ["EINVAL", "0", "ENOTCONN"]


@pytest.mark.parametrize("limit", range(14))
def test_first_loop_at_the_descriptor_limit(nursery: Nursery, limit: int) -> None:
    answer = nursery.case("loop_without_descriptors", limit)
    print(f"\n{limit} descriptors: {answer}")
    assert answer["status"] == 0, answer
    assert answer["result"] in ("no loop: EMFILE", "no run: EMFILE", "ran")
    if limit == 13:
        assert answer["result"] == "ran"


@pytest.mark.parametrize("disposition", ["SIG_DFL", "SIG_IGN", "handler"])
def test_sigpipe_does_not_end_the_process(nursery: Nursery, disposition: str) -> None:
    answer = nursery.case("write_to_a_reset_peer", disposition)
    assert answer["status"] == 0, answer
    results = [result for result in answer["result"] if result != "SIGPIPE"]
    assert len(results) == 4
    assert set(results) <= {"taken", "ECONNRESET", "EPIPE"}
    assert results[-1] == "EPIPE"
