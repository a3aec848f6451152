"""The few statistics of the harness, all by scipy and numpy."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

CONFIDENCE = 0.95
RESAMPLES = 2000


class Estimate(NamedTuple):
    """A median and its interval."""

    median: float

    low: float
    """The lower end of the 95 % bootstrap interval; NaN where there are fewer than two values."""

    high: float
    """The upper end."""

    @property
    def relative_width(self) -> float:
        """Half the interval's width as a share of the median; infinite where there is no interval."""
        if math.isnan(self.low) or self.median == 0:
            return math.inf
        return (self.high - self.low) / 2 / abs(self.median)


def estimate(values: Sequence[float]) -> Estimate:
    """Estimate the median of `values`, with its 95 % percentile-bootstrap interval.

    The seed is fixed: the same values give the same interval. Raises ValueError if there are none.
    """
    data = np.asarray(values, dtype=float)
    if len(data) == 0:
        raise ValueError("expected at least one value, got none")
    median = float(np.median(data))
    if len(data) == 1:
        return Estimate(median, math.nan, math.nan)
    interval = stats.bootstrap(
        (data,),
        np.median,
        n_resamples=RESAMPLES,
        confidence_level=CONFIDENCE,
        method="percentile",
        vectorized=True,
        rng=np.random.default_rng(0),
    ).confidence_interval
    return Estimate(median, float(interval.low), float(interval.high))


def check_pairs(numerators: Sequence[float], denominators: Sequence[float]) -> None:
    """Raise ValueError unless these are pairs of positive numbers."""
    if len(numerators) != len(denominators):
        raise ValueError(f"expected pairs, got {len(numerators)} and {len(denominators)} values")
    if min([*numerators, *denominators], default=1) <= 0:
        raise ValueError("expected positive values only")


def estimate_ratio(numerators: Sequence[float], denominators: Sequence[float]) -> Estimate:
    """Estimate the ratio of two cases from pairs of the same round, on the log scale.

    Raises ValueError if the two are not of the same length, or hold a value that is not positive.
    """
    check_pairs(numerators, denominators)
    tops, bottoms = np.asarray(numerators, dtype=float), np.asarray(denominators, dtype=float)
    return Estimate(*(math.exp(each) for each in estimate(np.log(tops / bottoms).tolist())))


def compare(numerators: Sequence[float], denominators: Sequence[float]) -> float:
    """Return the p-value of "the two take the same time": a paired t-test of the logarithms (scipy).

    NaN where there are fewer than two pairs. Raises ValueError as `estimate_ratio` does.
    """
    check_pairs(numerators, denominators)
    if len(numerators) < 2:
        return math.nan
    differences = np.log(np.asarray(numerators, dtype=float) / np.asarray(denominators, dtype=float))
    if np.ptp(differences) == 0:
        return 1.0 if differences[0] == 0 else 0.0
    return float(stats.ttest_1samp(differences, 0.0).pvalue)


def correct(p_values: Sequence[float]) -> list[float]:
    """Correct p-values for having made several comparisons at once (Holm 1979); NaN stays NaN."""
    real = sorted((p, i) for i, p in enumerate(p_values) if not math.isnan(p))
    corrected = [math.nan] * len(p_values)
    highest = 0.0
    for rank, (p, i) in enumerate(real):
        highest = max(highest, min(1.0, p * (len(real) - rank)))
        corrected[i] = highest
    return corrected
