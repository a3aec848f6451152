"""estimates: medians, intervals and paired ratios, on known answers and on any numbers at all."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.stats import mstats

from harness.estimates import (
    UNKNOWN,
    Estimate,
    compare,
    compare_apart,
    compare_in_blocks,
    correct,
    estimate,
    estimate_groups,
    estimate_ratio,
    estimate_ratio_apart,
    find_ratio_width,
    judge_speedup,
)

# Nanoseconds, from one to some hours: what times can be.
TIMES = st.floats(min_value=1, max_value=1e13, allow_nan=False)
SAMPLES = st.lists(TIMES, min_size=2, max_size=12)
PAIRS = st.lists(st.tuples(TIMES, TIMES), min_size=2, max_size=12)
FACTORS = st.sampled_from([2.0**-10, 0.5, 2.0, 2.0**10])  # exact in binary, so that no rounding is tested


@pytest.mark.parametrize(
    ("values", "median"), [([3.0], 3.0), ([1, 2, 9], 2.0), ([4, 1, 3, 2], 2.5), ([-5, -1, -3], -3.0)]
)
def test_the_median_is_the_middle_one(values: list[float], median: float) -> None:
    assert estimate(values).median == median


def test_one_value_has_no_interval() -> None:
    alone = estimate([5.0])
    assert math.isnan(alone.low)
    assert math.isnan(alone.high)
    assert alone.relative_width == math.inf


def test_values_that_are_all_the_same_leave_no_doubt() -> None:
    assert estimate([5.0] * 4) == Estimate(5.0, 5.0, 5.0)
    assert estimate([5.0] * 4).relative_width == 0


def test_the_interval_of_many_values_is_the_one_of_theory() -> None:
    """Of 1 … 101: 51 ± 1.96 · 1/(2·f·√n)."""
    assert estimate(list(range(1, 102))) == pytest.approx(Estimate(51, 51 - 9.9, 51 + 9.9), abs=1.5)


def test_more_values_of_the_same_kind_make_a_narrower_interval() -> None:
    widths = [estimate(list(range(100, 120)) * count).relative_width for count in (1, 4, 16)]
    assert widths == sorted(widths, reverse=True)
    assert len(set(widths)) == 3


@pytest.mark.parametrize(
    ("value", "width"),
    [(Estimate(10, 9, 11), 0.1), (Estimate(-10, -11, -9), 0.1), (Estimate(0, -1, 1), math.inf)],
)
def test_the_relative_width_is_half_the_interval_over_the_median(value: Estimate, width: float) -> None:
    assert value.relative_width == pytest.approx(width)


@given(SAMPLES)
def test_the_median_is_in_its_interval_and_that_is_among_the_values(values: list[float]) -> None:
    found = estimate(values)
    assert min(values) <= found.low <= found.median <= found.high <= max(values)


@given(SAMPLES)
def test_the_same_values_give_the_same_interval(values: list[float]) -> None:
    assert estimate(values) == estimate(values)


@given(SAMPLES, FACTORS)
def test_another_unit_gives_the_same_figures_in_that_unit(values: list[float], factor: float) -> None:
    scaled = estimate([value * factor for value in values])
    assert scaled == pytest.approx(tuple(each * factor for each in estimate(values)), rel=1e-12)


@given(SAMPLES)
def test_a_case_is_exactly_as_fast_as_itself(values: list[float]) -> None:
    assert estimate_ratio(values, values) == Estimate(1.0, 1.0, 1.0)


@given(PAIRS)
def test_the_ratio_turned_round_is_one_over_it(pairs: list[tuple[float, float]]) -> None:
    tops, bottoms = zip(*pairs, strict=True)
    there, back = estimate_ratio(tops, bottoms), estimate_ratio(bottoms, tops)
    assert there.median * back.median == pytest.approx(1)
    assert there.low <= there.median <= there.high


@given(PAIRS, FACTORS)
def test_the_ratio_does_not_depend_on_the_unit(pairs: list[tuple[float, float]], factor: float) -> None:
    tops, bottoms = zip(*pairs, strict=True)
    scaled = estimate_ratio([top * factor for top in tops], [bottom * factor for bottom in bottoms])
    assert scaled == pytest.approx(estimate_ratio(tops, bottoms))


def test_the_ratio_is_of_pairs_so_that_a_drift_of_the_machine_does_not_widen_it() -> None:
    drift = [1, 2, 3, 4, 5]
    assert estimate_ratio([2 * each for each in drift], drift) == pytest.approx(Estimate(2, 2, 2))


def test_nothing_cannot_be_estimated() -> None:
    with pytest.raises(ValueError, match="expected at least one value, got none"):
        estimate([])


def test_a_ratio_needs_pairs() -> None:
    with pytest.raises(ValueError, match="expected pairs, got 2 and 1 values"):
        estimate_ratio([1, 2], [1])


@pytest.mark.parametrize(("tops", "bottoms"), [([0, 1], [1, 1]), ([1, 1], [1, -1])])
def test_a_ratio_needs_positive_values(tops: list[float], bottoms: list[float]) -> None:
    with pytest.raises(ValueError, match="expected positive values only"):
        estimate_ratio(tops, bottoms)


def test_holm_corrects_the_smallest_most() -> None:
    # Holm 1979, step down: 0.01 × 4, 0.02 × 3, 0.03 × 2, 0.04 × 1, never below the one before
    assert correct([0.04, 0.01, math.nan, 0.02, 0.03]) == pytest.approx(
        [0.06, 0.04, math.nan, 0.06, 0.06], nan_ok=True
    )
    assert correct([0.6, 0.9]) == [1.0, 1.0]
    assert correct([]) == []


@given(st.lists(TIMES, min_size=2, max_size=9))
def test_a_case_is_not_different_from_itself(times: list[float]) -> None:
    assert compare(times, times) == 1.0


def test_a_steady_difference_is_found_and_noise_is_not() -> None:
    assert compare([2.0, 2.02, 1.98, 2.01, 2.0], [1.0, 1.01, 1.0, 0.99, 1.0]) < 1e-6
    assert compare([1.0, 1.1, 0.9, 1.05, 0.96], [1.02, 0.98, 1.0, 1.0, 1.01]) > 0.3
    assert math.isnan(compare([1.0], [2.0]))


@given(st.lists(TIMES, min_size=6, max_size=60))
def test_the_interval_of_a_median_is_scipys(values: list[float]) -> None:
    low, high = mstats.median_cihs(np.array(values))
    assert estimate(values)[1:] == pytest.approx((float(low), float(high)), rel=1e-9)


@given(st.lists(TIMES, min_size=2, max_size=5))
def test_few_values_give_their_whole_range(values: list[float]) -> None:
    assert estimate(values)[1:] == (min(values), max(values))


@given(st.lists(st.tuples(st.integers(0, 4), st.one_of(st.just(math.nan), TIMES)), max_size=60))
def test_groups_are_estimated_as_each_alone(rows: list[tuple[int, float]]) -> None:
    groups = np.array([group for group, _ in rows], dtype=np.int64)
    found = estimate_groups(groups, np.array([value for _, value in rows], dtype=float), 5)
    for group in range(5):
        values = [value for mine, value in rows if mine == group and not math.isnan(value)]
        assert found[3][group] == len(values)
        alone = estimate(values) if values else UNKNOWN
        together = Estimate(*(float(each[group]) for each in found[:3]))
        assert together == pytest.approx(alone, nan_ok=True)


def hold_truth(count: int) -> float:
    """How many of 400 intervals of ratios, of so many pairs each, hold the true one."""
    random = np.random.default_rng(count)
    samples = np.exp(random.normal(0, 0.05, (400, count)))
    intervals = [estimate_ratio(sample.tolist(), [1.0] * count) for sample in samples]
    return float(np.mean([each.low <= 1 <= each.high for each in intervals]))


@pytest.mark.parametrize("count", [6, 7, 9, 20])
def test_the_interval_of_a_ratio_holds_the_true_one_as_often_as_it_says(count: int) -> None:
    """The plain percentile bootstrap does in 85 % of all samples of 7."""
    assert 0.925 <= hold_truth(count) <= 1


def test_one_disturbed_round_does_not_hide_a_difference_that_all_others_show() -> None:
    """The t-test alone does not see it."""
    ratios = [1.05, 1.051, 1.049, 1.052, 1.048, 1.054, 1.053, 1.047, 1.055, 1.045, 1.056, 1.044, 1.057, 0.6]
    assert stats.ttest_1samp(np.log(ratios), 0).pvalue > 0.5
    assert compare(ratios, [1.0] * 14) < 0.05


@given(PAIRS)
def test_the_width_of_a_ratio_is_that_of_its_interval(pairs: list[tuple[float, float]]) -> None:
    tops, bottoms = zip(*pairs, strict=True)
    width = find_ratio_width(tops, bottoms)
    assert width >= 0
    assert width == pytest.approx(find_ratio_width(bottoms, tops))
    assert find_ratio_width(tops, tops) == 0


def test_the_width_of_a_ratio_is_a_share_of_it() -> None:
    assert find_ratio_width([1.9, 2.0, 2.1], [1.0, 1.0, 1.0]) == pytest.approx(0.05, rel=0.01)
    assert find_ratio_width([1.9], [1.0]) == math.inf


def test_ratios_of_runs_that_did_not_meet_are_of_their_medians() -> None:
    found = estimate_ratio_apart([2.0, 2.2, 1.8, 2.1, 1.9, 2.0], [1.0, 1.1, 0.9])
    assert found.median == pytest.approx(2.0)
    assert 1.5 < found.low < 2.0 < found.high < 2.5
    assert compare_apart([2.0, 2.2, 1.8, 2.1], [1.0, 1.1, 0.9]) < 0.05
    assert compare_apart([1.0, 2.0, 3.0], [1.1, 1.9, 3.0]) > 0.5


@given(st.lists(TIMES, min_size=2, max_size=9))
def test_runs_that_did_not_meet_are_not_different_from_themselves(times: list[float]) -> None:
    assert compare_apart(times, times) == 1.0
    assert estimate_ratio_apart(times, times).median == 1.0


def test_in_blocks_a_drift_looks_like_a_difference_and_in_rounds_it_does_not() -> None:
    drift = [1.0, 1.01, 1.02, 1.03, 1.04, 1.05, 1.06, 1.07]
    ratio, p = compare_in_blocks(drift, drift)
    assert ratio.median == pytest.approx(1.015 / 1.055, rel=1e-3)
    assert p < 0.01
    assert judge_speedup(ratio, p) == "slower"
    assert compare(drift, drift) == 1.0


def test_blocks_of_one_run_each_tell_nothing() -> None:
    ratio, p = compare_in_blocks([1.0, 2.0, 3.0], [1.0, 2.0, 3.0])
    assert math.isnan(p)
    assert math.isnan(ratio.median)


@pytest.mark.parametrize(
    ("speedup", "p", "verdict"),
    [
        (Estimate(1.1, 1.05, 1.2), 0.01, "faster"),
        (Estimate(0.9, 0.8, 0.95), 0.01, "slower"),
        (Estimate(1.1, 1.05, 1.2), 0.06, "no measurable difference"),
        (Estimate(1.1, 0.99, 1.2), 0.01, "no measurable difference"),
        (Estimate(1.1, 1.05, 1.2), math.nan, ""),
    ],
)
def test_a_verdict_needs_an_interval_without_one_and_a_small_p(
    speedup: Estimate, p: float, verdict: str
) -> None:
    assert judge_speedup(speedup, p) == verdict
