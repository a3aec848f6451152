"""estimates: medians, intervals and paired ratios, on known answers and on any numbers at all."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.estimates import Estimate, compare, correct, estimate, estimate_ratio

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


def test_the_interval_is_the_one_of_the_bootstrap() -> None:
    """The interval of 1 … 101 for the median: 51 ± 1.96 · 1/(2·f·√n), within what resampling differs by."""
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
