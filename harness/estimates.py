"""The few statistics of the harness: scipy's and numpy's, put together for medians and ratios of runs."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import scipy  # its parts are loaded as they are needed: half the verbs need none
from numpy.typing import NDArray

CONFIDENCE = 0.95
SURE = 0.99  # what rounds go on for until a ratio is known as well as asked for
RESAMPLES = 2000
FEWEST_RESAMPLES = 200
TRIM = 0.25  # of the values are left out at either end of a trimmed mean
EPSILON = 1e-12
CELLS = 500_000  # resamples × values: above this, a bootstrap has fewer resamples

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class Estimate(NamedTuple):
    """A median, or a ratio, and its interval."""

    median: float

    low: float
    """The lower end of the 95 % interval; NaN where there are fewer than two values."""

    high: float
    """The upper end."""

    @property
    def relative_width(self) -> float:
        """Half the interval's width as a share of the median; infinite where there is no interval."""
        if math.isnan(self.low) or self.median == 0:
            return math.inf
        return (self.high - self.low) / 2 / abs(self.median)


UNKNOWN = Estimate(math.nan, math.nan, math.nan)


@cache
def locate_interval(count: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return the ranks, from 0, between which the median lies with some confidence, 95 % unless told.

    Hettmansperger and Sheather 1986, by scipy: an interval between order statistics, interpolated. It
    supposes nothing of how the values are spread. Below 6 values (8 for 99 %) no order statistics are far
    enough apart: there it is the whole range, which holds the median with 1 - 2^(1 - count): 94 % for 5.
    """
    if 2.0 ** (1 - count) > 1 - confidence:
        return 0.0, count - 1.0
    low, high = scipy.stats.mstats.median_cihs(np.arange(count, dtype=float), alpha=1 - confidence)
    return float(low), float(high)


def estimate(values: Sequence[float]) -> Estimate:
    """Estimate the median of `values`, with its 95 % interval. Raises ValueError if there are none."""
    if len(values) == 0:
        raise ValueError("expected at least one value, got none")
    data = np.asarray(values, dtype=float)
    median, low, high, _ = estimate_groups(np.zeros(len(data), dtype=np.int64), data, 1)
    return Estimate(float(median[0]), float(low[0]), float(high[0]))


def estimate_groups(groups: Integers, values: Floats, count: int) -> tuple[Floats, Floats, Floats, Integers]:
    """Estimate the median of each of `count` groups at once; `groups` says which one each value is in.

    Returns medians, lower and upper ends, and the groups' sizes; NaN is no value.
    """
    real = ~np.isnan(values)
    groups, values = groups[real], values[real]
    ordered = values[np.argsort(groups, kind="stable")]
    sizes = np.bincount(groups, minlength=count)
    first = np.cumsum(sizes) - sizes
    for mine in np.split(ordered, first[1:]):  # views: sorting each sorts `ordered`
        mine.sort()
    median, low, high = (np.full(count, np.nan) for _ in range(3))
    for size in np.unique(sizes[sizes > 0]):
        same = np.flatnonzero(sizes == size)
        lower, upper = locate_interval(int(size))
        median[same] = pick(ordered, first[same], (size - 1) / 2)
        if size > 1:
            low[same], high[same] = pick(ordered, first[same], lower), pick(ordered, first[same], upper)
    return median, low, high, sizes


def pick(ordered: Floats, first: Integers, rank: float) -> Floats:
    """Return the values at a rank of each group, between two values by linear interpolation."""
    below, above = math.floor(rank), math.ceil(rank)
    bottoms, tops = ordered[first + below], ordered[first + above]
    return np.asarray(np.clip(bottoms + (rank - below) * (tops - bottoms), bottoms, tops))


def bootstrap(samples: Sequence[Floats], statistic: Callable[..., Floats]) -> tuple[float, float]:
    """Return the 95 % interval of a statistic of one or two samples: `bootstrap_all`, of one number."""
    low, high = bootstrap_all(samples, statistic)
    return float(low), float(high)


def bootstrap_all(
    samples: Sequence[Floats],
    statistic: Callable[..., Floats],
    *,
    fewest: int = FEWEST_RESAMPLES,
    most: int = RESAMPLES,
    batch: int | None = None,
) -> tuple[Floats, Floats]:
    """Return the 95 % intervals of one or more statistics of one or two samples, by scipy's bootstrap.

    Percentiles, taken a little further out than 2.5 and 97.5 for the few values there are ("expanded
    percentile", Hesterberg 2015, The American Statistician 69:4): with 7 rounds the plain ones hold the
    true median in 85 % of all runs only. The seed is fixed: the same values give the same interval.

    Values are drawn along the last axis of a sample, whole columns where it has several rows. `fewest` and
    `most` bound the number of resamples, `batch` says how many of them `statistic` gets at a time.
    """
    size = min(sample.shape[-1] for sample in samples)
    reach = scipy.stats.t.ppf((1 + CONFIDENCE) / 2, size - 1) * math.sqrt(size / (size - 1))
    interval = scipy.stats.bootstrap(
        tuple(samples),
        statistic,
        n_resamples=max(fewest, min(most, CELLS // max(each.size for each in samples))),
        batch=batch,
        confidence_level=1 - 2 * scipy.stats.norm.sf(reach),
        method="percentile",
        vectorized=True,
        axis=-1,
        rng=np.random.default_rng(0),
    ).confidence_interval
    return np.asarray(interval.low), np.asarray(interval.high)


def take_logarithms(values: Sequence[float]) -> Floats:
    """Return the logarithms; raises ValueError for a value that is not positive."""
    if min(values, default=1) <= 0:
        raise ValueError("expected positive values only")
    return np.asarray(np.log(np.asarray(values, dtype=float)))


def divide(numerators: Sequence[float], denominators: Sequence[float]) -> Floats:
    """Return the logarithms of the ratios of pairs; raises ValueError unless they are pairs."""
    if len(numerators) != len(denominators):
        raise ValueError(f"expected pairs, got {len(numerators)} and {len(denominators)} values")
    return take_logarithms(numerators) - take_logarithms(denominators)


def estimate_ratio(numerators: Sequence[float], denominators: Sequence[float]) -> Estimate:
    """Estimate the ratio of two cases from pairs of the same round: the median on the log scale.

    Raises ValueError if the two are not of the same length, empty, or hold a value that is not positive.
    """
    differences = divide(numerators, denominators)
    if len(differences) == 0:
        raise ValueError("expected at least one pair, got none")
    median = math.exp(float(np.median(differences)))
    if len(differences) == 1:
        return Estimate(median, math.nan, math.nan)
    low, high = bootstrap([differences], np.median)
    return Estimate(median, math.exp(low), math.exp(high))


def ignoring_likeness() -> warnings.catch_warnings[None]:
    """Silence scipy's warning of values that are nearly the same: of times that is no loss of precision."""
    return warnings.catch_warnings(action="ignore", category=RuntimeWarning)


def find_ratio_width(numerators: Sequence[float], denominators: Sequence[float]) -> float:
    """Return half the width of a ratio's 99 % interval as a share of it; infinite below 2 pairs.

    Of 99 %, because verdicts are corrected for the number of comparisons; between order statistics, because
    it is asked for after every round, and they need no resampling. Raises ValueError as `estimate_ratio`.
    """
    differences = np.sort(divide(numerators, denominators))
    if len(differences) < 2:
        return math.inf
    ranks = locate_interval(len(differences), SURE)
    low, high = np.interp(ranks, np.arange(len(differences)), differences)
    return float(high - low) / 2


def compare(numerators: Sequence[float], denominators: Sequence[float]) -> float:
    """Return the p-value of "the two take the same time", from pairs of the same round.

    The smaller one of a paired t-test of the logarithms and of the same of their trimmed mean, doubled for
    having looked at two (Bonferroni): the first finds a difference in few rounds, the second also where
    some rounds were disturbed. NaN where there are fewer than two pairs. Raises ValueError as
    `estimate_ratio` does.
    """
    differences = divide(numerators, denominators)
    if len(differences) < 2:
        return math.nan
    if np.ptp(differences) == 0:
        return 1.0 if differences[0] == 0 else 0.0
    with ignoring_likeness():
        by_mean = float(scipy.stats.ttest_1samp(differences, 0.0).pvalue)
    return min(1.0, 2 * min(by_mean, compare_trimmed(differences)))


def compare_trimmed(differences: Floats) -> float:
    """Return the p-value of a mean of 0 of the middle half of the values (Tukey and McLaughlin 1963).

    The standard error is scipy's, from the winsorised variance. 1 where these values do not vary.
    """
    count = len(differences)
    cut = int(TRIM * count)
    error = float(scipy.stats.mstats.trimmed_stde(differences, limits=(TRIM, TRIM)))
    if cut == 0 or error <= EPSILON:
        return 1.0
    t = float(scipy.stats.mstats.trimmed_mean(differences, limits=(TRIM, TRIM))) / error
    return float(2 * scipy.stats.t.sf(abs(t), count - 2 * cut - 1))


def estimate_ratio_apart(numerators: Sequence[float], denominators: Sequence[float]) -> Estimate:
    """Estimate the ratio of two medians that share no rounds; raises ValueError as `estimate_ratio` does."""
    tops, bottoms = take_logarithms(numerators), take_logarithms(denominators)
    if len(tops) == 0 or len(bottoms) == 0:
        raise ValueError("expected at least one value of each, got none")
    median = math.exp(float(np.median(tops) - np.median(bottoms)))
    if min(len(tops), len(bottoms)) < 2:
        return Estimate(median, math.nan, math.nan)

    def difference(one: Floats, other: Floats, axis: int = -1) -> Floats:
        return np.asarray(np.median(one, axis=axis) - np.median(other, axis=axis))

    low, high = bootstrap([tops, bottoms], difference)
    return Estimate(median, math.exp(low), math.exp(high))


def compare_apart(numerators: Sequence[float], denominators: Sequence[float]) -> float:
    """Return the p-value of "the two take the same time" for runs that share no rounds.

    As `compare`, with Welch's t-test and Yuen's of the trimmed means (both scipy's).
    """
    tops, bottoms = take_logarithms(numerators), take_logarithms(denominators)
    if min(len(tops), len(bottoms)) < 2:
        return math.nan
    if np.ptp(tops) == np.ptp(bottoms) == 0:
        return 1.0 if tops[0] == bottoms[0] else 0.0
    with ignoring_likeness():
        by_mean = float(scipy.stats.ttest_ind(tops, bottoms, equal_var=False).pvalue)
        trimmed = float(scipy.stats.ttest_ind(tops, bottoms, equal_var=False, trim=TRIM).pvalue)
    return min(1.0, 2 * min(each for each in (by_mean, trimmed, 1.0) if not math.isnan(each)))


def compare_in_blocks(numerators: Sequence[float], denominators: Sequence[float]) -> tuple[Estimate, float]:
    """Compare two cases as if timed in blocks: the first half of the one, then the other's second half.

    Returns the ratio, and the p-value of Welch's t-test of the times, as in hyperfine's `welch_ttest.py`.
    Shown beside the comparison by rounds, to see what the rounds are good for; needs 4 values of each.
    """
    half = min(len(numerators), len(denominators)) // 2
    if half < 2:
        return UNKNOWN, math.nan
    one, other = list(numerators)[:half], list(denominators)[-half:]
    if np.ptp(one) == np.ptp(other) == 0:
        p = 1.0 if one[0] == other[0] else 0.0
    else:
        p = float(scipy.stats.ttest_ind(one, other, equal_var=False).pvalue)
    return estimate_ratio_apart(one, other), p


def correct(p_values: Sequence[float]) -> list[float]:
    """Correct p-values for having made several comparisons at once (Holm 1979); NaN stays NaN."""
    real = sorted((p, i) for i, p in enumerate(p_values) if not math.isnan(p))
    corrected = [math.nan] * len(p_values)
    highest = 0.0
    for rank, (p, i) in enumerate(real):
        highest = max(highest, min(1.0, p * (len(real) - rank)))
        corrected[i] = highest
    return corrected


FASTER, SLOWER, SAME = "faster", "slower", "no measurable difference"


def judge_speedup(speedup: Estimate, p: float) -> str:
    """Give the verdict on a speed-up, with a p-value that is already corrected; empty where none is possible.

    A difference needs both: an interval without 1, and p below 5 %.
    """
    if math.isnan(p):
        return ""
    if p < 1 - CONFIDENCE and speedup.low > 1:
        return FASTER
    if p < 1 - CONFIDENCE and speedup.high < 1:
        return SLOWER
    return SAME
