"""What is said of a handful of rounds: the median, its spread, and an interval around it."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

CONFIDENCE = 0.95  # of the interval, where there are rounds enough for it


def median(values: Sequence[float]) -> float:
    """Return the middle value, or the mean of the two in the middle.

    Raises:
        statistics.StatisticsError: There is no value.
    """
    return statistics.median(values)


def spread(values: Sequence[float]) -> float:
    """Return the largest less the smallest, over the median; 0 where the median is 0."""
    middle = median(values)
    return (max(values) - min(values)) / middle if middle else 0.0


def coverage(count: int, rank: int = 1) -> float:
    """Return how likely it is that the true median lies between two order statistics.

    Between the `rank`-th smallest and the `rank`-th largest of `count` independent values of any
    continuous distribution: each value is below the true median with probability 1/2, so that the
    number below has the binomial distribution, and the interval misses when fewer than `rank` of
    them are on one side.
    """
    missed = sum(math.comb(count, below) for below in range(rank))
    return 1.0 - 2.0 * missed / 2.0**count


def interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Return the median and an interval that holds the true one in at least 95 of 100 runs.

    By order statistics: exact for any distribution, without a random number and without the
    assumption that noise is normal, which on a shared machine it is not. With 6, 7 or 8 values it
    is from the least to the largest (97, 98 and 99 %), with 9 to 11 the ones next to them. Fewer
    than 6 cannot carry 95 %: then it is from the least to the largest too, and `coverage` tells
    what that is worth.

    Returns:
        (median, low, high).

    Raises:
        statistics.StatisticsError: There is no value.
    """
    ordered = sorted(values)
    middle = median(ordered)
    rank = 1
    while 2 * (rank + 1) <= len(ordered) and coverage(len(ordered), rank + 1) >= CONFIDENCE:
        rank += 1
    return middle, ordered[rank - 1], ordered[-rank]


def ratios(values: Sequence[float], others: Sequence[float], better: str = "more") -> list[float]:
    """Return each round's ratio to the other's in the same round; above 1 is better.

    Args:
        values: One value for each round.
        others: Those of what it is held against; rounds that only one of them has are left out.
        better: "more", or "less" where a smaller value is the better one.
    """
    both = list(zip(values, others, strict=False))
    if better == "less":
        both = [(other, value) for value, other in both]
    return [value / other for value, other in both if other]
