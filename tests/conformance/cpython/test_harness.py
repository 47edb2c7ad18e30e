"""The harness sees what fails, hangs and crashes, and binds the loop that it is told to."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from . import test_cpython
from .playing import Outcome, Player, listing
from .test_cpython import needs_tests, surprises

pytestmark = needs_tests


@pytest.fixture(scope="module")
def samples() -> Iterator[Player]:
    with Player("samples", "samples") as player:
        yield player


@pytest.mark.parametrize(
    "name, result, text",
    [
        ("passes", "passed", ""),
        ("fails", "failed", "AssertionError: because(.|\n)*printed before"),
        ("skipped", "skipped", "because"),
        ("expected_failure", "passed", ""),
        ("unexpected_success", "failed", "unexpected success"),
        ("subtest_fails", "failed", "n=1(.|\n)*AssertionError: because"),
        ("cleanup_fails", "failed", "AssertionError: because"),
        ("unraisable", "failed", "unraisable(.|\n)*because"),
        ("crashes", "crashed", "ended with -6"),
        ("ends_badly", "crashed", "ended with 3"),
    ],
)
def test_how_a_test_ends(samples: Player, name: str, result: str, text: str) -> None:
    outcome = samples.play_alone(f"samples.Ends.test_{name}")
    assert outcome.result == result
    assert re.search(text, outcome.text), outcome.text


def test_what_hangs_is_ended_with_all_that_it_has_started(samples: Player) -> None:
    name = "samples.Ends.test_hangs"
    outcome = samples.play([name], 2)[name]
    assert outcome.result == "hangs"
    assert "in test_hangs" in outcome.text  # where it stood
    child = re.search(r"child (\d+)", outcome.text)
    assert child is not None
    assert ends(int(child[1]))


def ends(pid: int) -> bool:
    """Return whether this process ends, in a while."""
    for _ in range(1000):
        try:
            os.kill(pid, 0)
            if os.path.exists("/proc/self/stat"):
                stat = Path(f"/proc/{pid}/stat").read_text()
                if stat.rpartition(")")[2].split()[0] == "Z":
                    return True  # there is nobody to wait for it
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.01)
    return False


def test_class_of_which_one_crashes(samples: Player) -> None:
    names = [f"samples.Crash.test_{name}" for name in ("0_passes", "1_crashes", "2_passes")]
    outcomes = samples.play_class(names)
    assert [outcomes[name].result for name in names] == ["passed", "crashed", "passed"]


def test_class_that_cannot_be_set_up(samples: Player) -> None:
    outcomes = samples.play(["samples.Fixture.test_never_run"], 60)
    [(name, outcome)] = outcomes.items()
    assert name.startswith("setUpClass")
    assert outcome.bad and "because" in outcome.text
    assert surprises(outcomes)


def test_a_mixin_is_bound(samples: Player) -> None:
    assert samples.play_alone("samples.Bound.test_which_loop").result == "passed"


@pytest.mark.parametrize(
    "name",
    [
        "test_sock_lowlevel.SockTests.test_sock_client_ops",  # create_event_loop()
        # new_loop()
        "test_buffered_proto.BufferedProtocolTests.test_buffered_proto_create_connection",
        "test_subprocess.SubprocessTests.test_stdin_stdout",  # setUp()
        "test_streams.StreamTests.test_open_connection",  # asyncio.new_event_loop()
        "test_threads.ToThreadTests.test_to_thread",  # unittest.IsolatedAsyncioTestCase
    ],
)
def test_each_kind_of_binding_runs_on_the_loop(name: str) -> None:
    """On a loop that cannot do what the test is about, it fails."""
    with Player("samples") as player:
        outcome = player.play_alone(name)
    assert outcome.result == "failed"
    assert "NotImplementedError" in outcome.text


def test_the_names_are_the_same_every_time() -> None:
    assert listing() == test_cpython.TESTS


def test_nothing_has_gone_missing() -> None:
    """Python 3.11.7 has 260 for a process each, and 1322 in classes; later ones have more."""
    tests = test_cpython.TESTS
    assert len(tests.alone) >= 250
    assert sum(map(len, tests.whole.values())) >= 1300


def test_what_is_known_must_not_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(test_cpython.KNOWN, "a", "because")
    assert surprises({"a": Outcome("a", "passed", "")})
    assert not surprises({"a": Outcome("a", "failed", "")})


def test_what_passes_on_asyncio_is_a_surprise() -> None:
    name = "test_futures.DuckTests.test_wrap_future"
    assert not surprises({name: Outcome(name, "passed", "")})
    assert surprises({name: Outcome(name, "failed", "because")})
    assert surprises({name: Outcome(name, "skipped", "because")})
