"""What is said of two documents."""

from __future__ import annotations

from typing import Any

import pytest

from uvnet.bench import compare

Result = dict[str, Any]


def ratio(median: float, low: float, high: float) -> dict[str, float]:
    return {"median": median, "low": low, "high": high}


def result(subject: str, value: float, of: dict[str, float] | None = None) -> Result:
    rounds = [{"value": value * factor} for factor in (0.98, 1.0, 1.02)]
    return {"subject": subject, "value": value, "ratio": of, "rounds": rounds}


def document(*results: Result, base: str | None = "uvloop", better: str = "more") -> dict[str, Any]:
    scenario = {"name": "echo", "unit": "messages/s", "better": better, "base": base}
    return {"format": 2, "date": "then", "scenarios": [{**scenario, "results": list(results)}]}


def verdicts(old: dict[str, Any], new: dict[str, Any], threshold: float = 0.1) -> dict[str, str]:
    return {each.subject: each.verdict for each in compare.compare(old, new, threshold)}


def test_the_ratio_counts_and_not_the_machine() -> None:
    """All is half as fast on the new machine, and one subject has lost against the base, too."""
    old = document(
        result("uvloop", 1000.0, ratio(1, 1, 1)),
        result("kept", 1100.0, ratio(1.1, 1.05, 1.15)),
        result("lost", 1500.0, ratio(1.5, 1.45, 1.55)),
        result("won", 1000.0, ratio(1.0, 0.95, 1.05)),
    )
    new = document(
        result("uvloop", 500.0, ratio(1, 1, 1)),
        result("kept", 560.0, ratio(1.12, 1.05, 1.2)),
        result("lost", 600.0, ratio(1.2, 1.15, 1.25)),
        result("won", 700.0, ratio(1.4, 1.35, 1.45)),
    )
    found = compare.compare(old, new)
    assert [(c.subject, c.verdict) for c in found] == [
        ("lost", "worse"),
        ("kept", "same"),
        ("won", "better"),
    ]
    assert found[0].gain == pytest.approx(0.8)
    assert compare.worse(found)
    text = compare.render(found, old, 0.1)
    assert "lost" in text and "-20%" in text and "ratio to uvloop" in text
    assert "kept" not in text and "1 unchanged" in text


@pytest.mark.parametrize(
    ("new", "threshold", "verdict"),
    [
        (ratio(1.0, 0.95, 1.05), 0.1, "worse"),
        (ratio(1.0, 0.95, 1.05), 0.25, "same"),  # by less than the threshold
        (ratio(1.0, 0.8, 1.3), 0.1, "same"),  # the old figure may be the true one still
        (ratio(1.19, 1.17, 1.2), 0.01, "same"),  # within the old interval
    ],
)
def test_worse_is_beyond_the_threshold_and_the_intervals(
    new: dict[str, float], threshold: float, verdict: str
) -> None:
    old = document(result("uvnet", 1.0, ratio(1.25, 1.18, 1.3)))
    assert verdicts(old, document(result("uvnet", 1.0, new)), threshold) == {"uvnet": verdict}


@pytest.mark.parametrize(
    ("better", "value", "verdict"),
    [("more", 80.0, "worse"), ("less", 80.0, "better"), ("less", 120.0, "worse")],
)
def test_values_where_there_is_no_ratio(better: str, value: float, verdict: str) -> None:
    old = document(result("uvnet", 100.0), base=None, better=better)
    new = document(result("uvnet", value), base=None, better=better)
    assert verdicts(old, new) == {"uvnet": verdict}
    assert verdicts(old, old) == {"uvnet": "same"}


def test_another_base_makes_ratios_worth_nothing() -> None:
    old = document(result("uvnet", 100.0, ratio(2, 2, 2)), base="asyncio")
    new = document(result("uvnet", 99.0, ratio(1.1, 1.1, 1.1)), base="uvloop")
    [change] = compare.compare(old, new)
    assert (change.verdict, change.new and change.new.what) == ("same", "messages/s")


def test_a_subject_that_fails_now_is_worse_and_one_that_is_missing_is_not() -> None:
    old = document(result("a", 1.0), result("b", 1.0), {"subject": "c", "failed": "why"})
    new = document(
        {"subject": "a", "failed": "it is broken", "rounds": []},
        {"subject": "b", "missing": "not installed"},
        result("c", 1.0),
    )
    found = compare.compare(old, new)
    assert {c.subject: c.verdict for c in found} == {
        "a": "failed",
        "b": "not measured",
        "c": "new",
    }
    assert compare.worse(found)
    assert not compare.worse([c for c in found if c.subject != "a"])
    text = compare.render(found, old, 0.1)
    assert "it is broken" in text and "not installed" in text


def test_a_rival_that_fails_now_is_shown_and_is_not_worse() -> None:
    old = document(result("rloop", 1.0))
    new = document({"subject": "rloop", "failed": "it hangs", "rounds": []})
    found = compare.compare(old, new)
    assert [each.verdict for each in found] == ["failed"] and not compare.worse(found)
    assert "it hangs" in compare.render(found, old, 0.1)


@pytest.mark.parametrize(("rounds", "warned"), [(1, True), (5, True), (6, False), (7, False)])
def test_intervals_of_too_few_rounds_are_warned_of(rounds: int, warned: bool) -> None:
    old = {**document(result("a", 1.0)), "plan": {"rounds": 7}}
    new = {**document(result("a", 2.0)), "plan": {"rounds": rounds}}
    text = compare.render(compare.compare(old, new), old, 0.1, new)
    assert ("measure again before you believe" in text) is warned


def test_nothing_in_common() -> None:
    old, new = document(result("a", 1.0)), document()
    assert compare.compare(old, new) == []
    assert "Nothing to compare" in compare.render([], old, 0.1)


@pytest.mark.parametrize("other", [[], {}, {"format": 1, "results": []}, {"format": 2}])
def test_another_format(other: Any) -> None:
    with pytest.raises(ValueError, match="not a document of format 2"):
        compare.compare(other, document())
