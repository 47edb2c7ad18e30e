"""Latency histograms as the load generator exports them: lists of (upper bound in ns, count).

The buckets are those of an HDR histogram: each power of two is cut into 64 equal parts, so that a
value is known to better than 1.6 %. Buckets without a value are left out. All histograms have the
same bounds, so that those of several rounds, or of several generators, can be added up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

SUB_BITS = 6  # as in _histogram.h

Histogram = Sequence[Sequence[int]]


def merge(histograms: Iterable[Histogram]) -> list[tuple[int, int]]:
    """Return the histogram of all the values together."""
    counts: Counter[int] = Counter()
    for histogram in histograms:
        for bound, count in histogram:
            counts[bound] += count
    return sorted(counts.items())


def percentile(histogram: Histogram, percent: float) -> float:
    """Return the value that `percent` of all are not above, in microseconds.

    It is the upper bound of its bucket. Of an empty histogram it is 0.

    Raises:
        ValueError: `percent` is not between 0 and 100.
    """
    if not 0 <= percent <= 100:
        raise ValueError(f"a percentile is between 0 and 100, got {percent!r}")
    rank = percent * sum(count for _, count in histogram) / 100
    seen = 0
    for bound, count in histogram:
        seen += count
        if seen >= rank:
            return bound / 1000
    return 0.0


def lower(bound: int) -> int:
    """Return the least value, in ns, of the bucket with this upper bound."""
    return bound & -(1 << max(bound.bit_length() - 1 - SUB_BITS, 0))


def latency(histogram: Histogram) -> dict[str, float]:
    """Return min, mean, p50, p90, p99, p99_9 and max in microseconds, 0 if it is empty.

    Each is right to 1.6 %: the least is its bucket's lower bound, the mean is taken of the buckets'
    middles, the others are upper bounds.
    """
    total = sum(count for _, count in histogram)
    weights = sum((lower(bound) + bound) * count for bound, count in histogram)
    return {
        "min": lower(histogram[0][0]) / 1000 if total else 0.0,
        "mean": weights / 2 / total / 1000 if total else 0.0,
        "p50": percentile(histogram, 50),
        "p90": percentile(histogram, 90),
        "p99": percentile(histogram, 99),
        "p99_9": percentile(histogram, 99.9),
        "max": percentile(histogram, 100),
    }
