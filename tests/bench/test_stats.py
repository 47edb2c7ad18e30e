"""The statistics of a few rounds."""

from __future__ import annotations

import random
import statistics

import pytest

from uvnet.bench import stats


def test_median_and_spread() -> None:
    assert stats.median([3.0, 1.0, 2.0]) == 2.0
    assert stats.median([4.0, 1.0, 2.0, 3.0]) == 2.5
    assert stats.spread([90.0, 100.0, 120.0]) == pytest.approx(0.3)
    assert stats.spread([5.0]) == 0.0
    assert stats.spread([0.0, 0.0]) == 0.0


@pytest.mark.parametrize(
    ("count", "rank", "expected"),
    [  # 1 - 2 * P(Binomial(count, 1/2) < rank), as tables of the sign test have it
        (1, 1, 0.0),
        (5, 1, 0.9375),
        (6, 1, 0.96875),
        (7, 1, 0.984375),
        (8, 2, 0.9296875),
        (9, 2, 0.9609375),
        (12, 3, 0.96142578125),
        (20, 6, 0.958610534667969),
    ],
)
def test_coverage(count: int, rank: int, expected: float) -> None:
    assert stats.coverage(count, rank) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("count", "rank"),
    # From tables of distribution-free intervals of the median at 95 %; 1 to 5 cannot have one.
    [(1, 1), (2, 1), (5, 1), (6, 1), (7, 1), (8, 1), (9, 2), (11, 2), (12, 3), (15, 4), (20, 6)],
)
def test_interval_is_between_two_order_statistics(count: int, rank: int) -> None:
    values = [float(n) for n in range(1, count + 1)]
    random.Random(count).shuffle(values)
    assert stats.interval(values) == ((count + 1) / 2, rank, count + 1 - rank)


def test_interval_of_equal_and_of_no_values() -> None:
    assert stats.interval([1.5] * 7) == (1.5, 1.5, 1.5)
    with pytest.raises(statistics.StatisticsError):
        stats.interval([])


@pytest.mark.parametrize("count", [6, 7, 9, 12])
def test_interval_holds_the_true_median_as_often_as_it_says(count: int) -> None:
    """Of a skewed distribution, whose median is not its mean."""
    draw = random.Random(count)
    true = 2.0**0.5
    runs = 4000
    held = 0
    for _ in range(runs):
        _, low, high = stats.interval([2.0 ** (draw.random() ** 3 * 4) for _ in range(count)])
        held += low <= true <= high
    assert 0.95 - 0.02 <= held / runs <= 1.0


def test_ratios_are_of_the_same_round_and_above_1_where_better() -> None:
    assert stats.ratios([2.0, 3.0, 9.0], [1.0, 2.0]) == [2.0, 1.5]
    assert stats.ratios([50.0, 60.0], [100.0, 90.0], "less") == [2.0, 1.5]
    assert stats.ratios([1.0], [0.0]) == []
    assert stats.ratios([0.0], [1.0], "less") == []
