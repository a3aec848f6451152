"""The few statistics of the harness: scipy's and numpy's, put together for medians and ratios of runs."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import scipy  # its parts are loaded as they are needed: half the verbs need none
from numpy.typing import NDArray

CONFIDENCE = 0.95
TRIM = 0.25  # of the values are left out at either end of a trimmed mean
FEWEST = 5
"""Rounds below which no interval of a ratio is given."""
NEAR = 1.05
"""What is the same within 5 %."""
TURNS = (1.0, 0.95, 1.05)
SMALL = 0.00995
"""A ratio below which two digits after the point are less than two figures."""

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class Estimate(NamedTuple):
    """A median, or a ratio, and its interval."""

    median: float

    low: float
    """The lower end of the interval; NaN where there is none."""

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
def locate_interval(count: int) -> tuple[float, float]:
    """Return the ranks, from 0, between which the median lies with 95 % confidence.

    Hettmansperger and Sheather 1986, by scipy: an interval between order statistics, interpolated. It
    supposes nothing of how the values are spread. Below 6 values no order statistics are far enough
    apart: there it is the whole range, which holds the median with 1 - 2^(1 - count): 94 % for 5.
    """
    if 2.0 ** (1 - count) > 1 - CONFIDENCE:
        return 0.0, count - 1.0
    low, high = scipy.stats.mstats.median_cihs(np.arange(count, dtype=float), alpha=1 - CONFIDENCE)
    return float(low), float(high)


def estimate(values: Sequence[float] | Floats) -> Estimate:
    """Estimate the median of `values`, with its 95 % interval. Raises ValueError if there are none."""
    if len(values) == 0:
        raise ValueError("expected at least one value, got none")
    ordered = np.sort(np.asarray(values, dtype=float))
    ranks = np.arange(len(ordered))
    median = float(np.median(ordered))
    if len(ordered) == 1:
        return Estimate(median, math.nan, math.nan)
    low, high = np.interp(locate_interval(len(ordered)), ranks, ordered)
    return Estimate(median, float(low), float(high))


def estimate_sessions(sessions: Sequence[Floats]) -> Estimate:
    """Estimate a median over several sessions: the hull of their intervals, for each speaks for its own only.

    The median is that of all values, kept inside. Raises ValueError if there are no values.
    """
    found = [estimate(values) for values in sessions if len(values)]
    if len(found) == 1:
        return found[0]
    median = float(np.median(np.concatenate([values for values in sessions if len(values)])))
    return hull(median, found)


def hull(median: float, found: Sequence[Estimate]) -> Estimate:
    """Return the least interval that holds all others, where there are any, around a median."""
    ends = [end for each in found for end in (each.low, each.high) if not math.isnan(end)]
    if not ends:
        return Estimate(median, math.nan, math.nan)
    return Estimate(min(max(median, min(ends)), max(ends)), min(ends), max(ends))


def decide(logarithms: Sequence[float] | Floats, family: int = 1) -> Estimate:
    """Estimate a ratio from the logarithms of one session's pairs, with the one interval that decides.

    It is the intersection of the t interval of the mean with that of the 25 % trimmed mean (Tukey and
    McLaughlin 1963): the first is narrow in few rounds, the second where some rounds were disturbed; where
    they do not meet, it is their hull. Each is at level 1 - 0.05 / (2 · family), so that of `family`
    comparisons made at once none is false in about 95 % of all runs (Bonferroni; METHODOLOGY.md has how
    often it held). NaN below 5 pairs. Raises ValueError if there are none.
    """
    values = np.asarray(logarithms, dtype=float)
    if len(values) == 0:
        raise ValueError("expected at least one pair, got none")
    middle = float(np.median(values))
    if len(values) < FEWEST:
        return Estimate(math.exp(middle), math.nan, math.nan)
    tail = (1 - CONFIDENCE) / (2 * max(1, family)) / 2
    (low, high), (trimmed_low, trimmed_high) = find_intervals(values, tail)
    if max(low, trimmed_low) <= min(high, trimmed_high):
        low, high = max(low, trimmed_low), min(high, trimmed_high)
    else:
        low, high = min(low, trimmed_low), max(high, trimmed_high)
    return Estimate(math.exp(min(max(middle, low), high)), math.exp(low), math.exp(high))


def find_intervals(values: Floats, tail: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the t interval and the trimmed t interval of values, each with `tail` at either end."""
    count = len(values)
    mean, reach = (
        float(np.mean(values)),
        float(np.std(values, ddof=1)) / math.sqrt(count) * quantile(tail, count - 1),
    )
    cut = int(TRIM * count)
    ordered = np.sort(values)
    kept = count - 2 * cut
    trimmed = float(np.mean(ordered[cut : count - cut]))
    winsorised = np.clip(ordered, ordered[cut], ordered[count - cut - 1])
    error = float(np.std(winsorised, ddof=1)) * math.sqrt((count - 1) / (kept * (kept - 1)))
    trimmed_reach = error * quantile(tail, kept - 1)
    return (mean - reach, mean + reach), (trimmed - trimmed_reach, trimmed + trimmed_reach)


@cache
def quantile(tail: float, freedom: int) -> float:
    """Return the t quantile with `tail` above it."""
    return float(scipy.stats.t.isf(tail, freedom))


def decide_sessions(sessions: Sequence[Sequence[float]], family: int = 1) -> Estimate:
    """Estimate a ratio over several sessions: the median of theirs, and the hull of their intervals."""
    found = [decide(each, family) for each in sessions if len(each)]
    if not found:
        return UNKNOWN
    return hull(float(np.median([each.median for each in found])), found)


def decide_apart(one: Sequence[float], other: Sequence[float], family: int = 1) -> Estimate:
    """Estimate the ratio of the medians of two lists of logarithms that share no rounds.

    As `decide`, with Welch's t interval and Yuen's of the trimmed means (Yuen 1974).
    """
    tops, bottoms = np.asarray(one, dtype=float), np.asarray(other, dtype=float)
    middle = float(np.median(tops) - np.median(bottoms))
    if min(len(tops), len(bottoms)) < FEWEST:
        return Estimate(math.exp(middle), math.nan, math.nan)
    level = 1 - (1 - CONFIDENCE) / (2 * max(1, family))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # scipy's, where values are all but identical
        whole, trimmed = (
            scipy.stats.ttest_ind(tops, bottoms, equal_var=False, trim=trim).confidence_interval(level)
            for trim in (0, TRIM)
        )
    low, high = max(whole.low, trimmed.low), min(whole.high, trimmed.high)
    if not low <= high:
        low, high = min(whole.low, trimmed.low), max(whole.high, trimmed.high)
    return Estimate(math.exp(min(max(middle, low), high)), math.exp(low), math.exp(high))


Run = tuple[int, float]
"""A run of a round: its place in it, and its value."""


def pair_round(mine: Sequence[Run], others: Sequence[Run]) -> float:
    """Return the logarithm of others' value over mine in one round, each run beside its neighbours.

    What is compared with runs several times in a round: the last run before and the first one after count.
    Raises ValueError for a value that is not positive.
    """
    if min(value for _, value in (*mine, *others)) <= 0:
        raise ValueError("expected positive values only")
    logarithms = []
    for order, value in mine:
        before = [each for each in others if each[0] <= order]
        after = [each for each in others if each[0] > order]
        near = [max(before)] if before else []
        near += [min(after)] if after else []
        logarithms.append(sum(math.log(other) for _, other in near) / len(near) - math.log(value))
    return sum(logarithms) / len(logarithms)


FASTER, SLOWER, SAME, UNDECIDED, TOO_FEW = "faster", "slower", "same", "undecided", "too few rounds"
LOWER, HIGHER = "lower", "higher"


def give_verdict(ratio: Estimate, *, speed: bool = True) -> str:
    """Give the verdict that an interval amounts to; of other quantities than speed `higher` or `lower`."""
    if math.isnan(ratio.low):
        return TOO_FEW
    if ratio.low > 1:
        return FASTER if speed else HIGHER
    if ratio.high < 1:
        return SLOWER if speed else LOWER
    if ratio.low >= 1 / NEAR and ratio.high <= NEAR:
        return SAME
    return UNDECIDED


def spell_verdict(verdict: str, ratio: Estimate) -> str:
    """Spell a verdict in full: the five words that are the same everywhere."""
    if verdict == SAME:
        return "same within ±5 %"
    if verdict == UNDECIDED:
        return f"undecided: between {spell_ratio(ratio.low)} and {spell_ratio(ratio.high)}"
    return verdict


def spell_ratio(value: float) -> str:
    """Spell a ratio, e.g. `1.93×`: below 10 with two digits after the point, else with three figures.

    Where a verdict turns, at 1 and at ±5 %, with one more: what is printed never contradicts it. Below 0.01,
    where two digits would say nothing, with two figures.
    """
    if math.isnan(value):
        return "unknown"
    if round(value, 2) in TURNS and round(value, 3) not in TURNS:
        return f"{value:.3f}×"
    if 0 < abs(value) < SMALL:
        exponent = int(f"{value:.1e}".partition("e")[2])
        return f"{value:.{1 - exponent}f}×"
    digits = 2 if abs(value) < 9.995 else 1 if abs(value) < 99.95 else 0
    return f"{value:,.{digits}f}×"
