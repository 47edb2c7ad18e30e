"""Histograms outside of the load generator: added up, and what can be read from them."""

from __future__ import annotations

import random
import statistics
from typing import Any

import pytest

from uvnet.bench import histogram

SUB = 64  # parts of a power of two


def bound(value: int) -> int:
    """The upper bound of a value's bucket, found by counting up to it."""
    if value < SUB:
        return value
    width = 1
    while 2 * SUB * width <= value:
        width *= 2
    return value // width * width + width - 1


def of(values: list[int]) -> list[tuple[int, int]]:
    bounds = sorted(map(bound, values))
    return [(each, bounds.count(each)) for each in dict.fromkeys(bounds)]


def some(count: int, seed: int = 1) -> list[int]:
    rng = random.Random(seed)
    return [int(rng.lognormvariate(11, 1.5)) for _ in range(count)]


def test_merge_is_the_histogram_of_all() -> None:
    one, other = some(300), some(500, 2)
    assert histogram.merge([of(one), of(other), []]) == of(one + other)
    assert histogram.merge([]) == []


def test_merge_takes_what_json_makes_of_it() -> None:
    assert histogram.merge([[[10, 2], [12, 1]], [[9, 1], [12, 3]]]) == [(9, 1), (10, 2), (12, 4)]


@pytest.mark.parametrize("percent", [0, 0.1, 1, 25, 50, 90, 99, 99.9, 100])
def test_percentile(percent: float) -> None:
    values = sorted(some(2000))
    rank = max(-(-percent * len(values) // 100), 1)  # nearest rank
    exact = values[int(rank) - 1] / 1000
    assert exact <= histogram.percentile(of(values), percent) <= exact * (1 + 1 / SUB)


def test_percentile_of_few() -> None:
    assert histogram.percentile([(1000, 1)], 50) == 1.0
    assert histogram.percentile([(1000, 1), (2000, 1)], 50) == 1.0
    assert histogram.percentile([(1000, 1), (2000, 1)], 50.1) == 2.0
    assert histogram.percentile([], 99) == 0.0


@pytest.mark.parametrize("percent", [-1, 100.5, float("nan")])
def test_percentile_out_of_range(percent: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 100"):
        histogram.percentile([(1, 1)], percent)


@pytest.mark.parametrize("value", [0, 1, 63, 64, 65, 127, 128, 129, 255, 256, 1000, 10**6, 2**40])
def test_bounds_of_a_bucket(value: int) -> None:
    top = bound(value)
    assert histogram.lower(top) <= value <= top
    assert bound(histogram.lower(top)) == top
    assert value == 0 or bound(histogram.lower(top) - 1) < top


def test_latency() -> None:
    values = some(5000)
    found: dict[str, Any] = histogram.latency(of(values))
    assert list(found) == ["min", "mean", "p50", "p90", "p99", "p99_9", "max"]
    near = 1 + 1 / SUB
    assert min(values) / 1000 / near <= found["min"] <= min(values) / 1000
    assert max(values) / 1000 <= found["max"] <= max(values) / 1000 * near
    assert abs(found["mean"] / (statistics.mean(values) / 1000) - 1) < 1 / SUB
    assert histogram.latency([]) == dict.fromkeys(found, 0.0)
