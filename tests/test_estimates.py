"""estimates: medians, intervals, paired ratios and verdicts, on known answers and on any numbers at all."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.stats import mstats

from harness.estimates import (
    FASTER,
    FEWEST,
    HIGHER,
    LOWER,
    NEAR,
    SAME,
    SLOWER,
    TOO_FEW,
    UNDECIDED,
    UNKNOWN,
    Estimate,
    Floats,
    decide,
    decide_apart,
    decide_sessions,
    estimate,
    estimate_sessions,
    give_verdict,
    pair_round,
    spell_ratio,
    spell_verdict,
)

TIMES = st.floats(min_value=1, max_value=1e13, allow_nan=False)  # nanoseconds, from one to some hours
SAMPLES = st.lists(TIMES, min_size=2, max_size=12)
LOGARITHMS = st.lists(st.floats(-3, 3), min_size=1, max_size=40)
MANY = st.lists(st.floats(-3, 3), min_size=FEWEST, max_size=40)
FAMILIES = st.integers(1, 40)
FACTORS = st.sampled_from([2.0**-10, 0.5, 2.0, 2.0**10])  # exact in binary, so that no rounding is tested
MILD = st.floats(-0.2, 0.2)
INTERVALS = st.one_of(
    st.tuples(MILD, MILD, MILD).map(lambda ends: Estimate(*(math.exp(sorted(ends)[i]) for i in (1, 0, 2)))),
    st.just(Estimate(1.3, math.nan, math.nan)),
)

# Medians.


@pytest.mark.parametrize(
    ("values", "median"), [([3.0], 3.0), ([1, 2, 9], 2.0), ([4, 1, 3, 2], 2.5), ([-5, -1, -3], -3.0)]
)
def test_the_median_is_the_middle_one(values: list[float], median: float) -> None:
    assert estimate(values).median == median


def test_one_value_has_no_interval_and_none_is_an_error() -> None:
    assert math.isnan(estimate([5.0]).low)
    assert estimate([5.0]).relative_width == math.inf
    with pytest.raises(ValueError, match="expected at least one value, got none"):
        estimate([])


@given(st.lists(TIMES, min_size=6, max_size=60))
def test_the_interval_of_a_median_is_scipys(values: list[float]) -> None:
    low, high = mstats.median_cihs(np.array(values))
    assert estimate(values)[1:] == pytest.approx((float(low), float(high)), rel=1e-9)


@given(st.lists(TIMES, min_size=2, max_size=5))
def test_few_values_give_their_whole_range(values: list[float]) -> None:
    assert estimate(values)[1:] == (min(values), max(values))


@given(SAMPLES, FACTORS)
def test_another_unit_gives_the_same_figures_in_that_unit(values: list[float], factor: float) -> None:
    scaled = estimate([value * factor for value in values])
    assert scaled == pytest.approx(tuple(each * factor for each in estimate(values)), rel=1e-12)


@pytest.mark.parametrize(
    ("value", "width"),
    [(Estimate(10, 9, 11), 0.1), (Estimate(-10, -11, -9), 0.1), (Estimate(0, -1, 1), math.inf)],
)
def test_the_relative_width_is_half_the_interval_over_the_median(value: Estimate, width: float) -> None:
    assert value.relative_width == pytest.approx(width)


@given(st.lists(st.lists(TIMES, max_size=9).map(np.array), min_size=1, max_size=4))
def test_over_sessions_the_interval_holds_those_of_all_and_the_median(sessions: list[Floats]) -> None:
    if not any(len(each) for each in sessions):
        return
    found = estimate_sessions(sessions)
    for each in (estimate(values) for values in sessions if len(values) > 1):
        assert found.low <= each.low <= each.high <= found.high
        assert found.low <= found.median <= found.high


# Ratios: one interval decides.


@given(LOGARITHMS, FAMILIES)
def test_a_ratio_lies_in_its_interval_and_turned_round_is_one_over_it(
    values: list[float], family: int
) -> None:
    there, back = decide(values, family), decide([-each for each in values], family)
    if len(values) < FEWEST:
        assert math.isnan(there.low)
        assert math.isnan(there.high)
    else:
        assert there.low <= there.median <= there.high
        assert (there.low * back.high, there.high * back.low) == pytest.approx((1, 1))
    assert there.median * back.median == pytest.approx(1)


@given(MANY, FAMILIES, st.floats(-2, 2))
def test_what_is_so_many_times_as_fast_has_an_interval_so_many_times_as_high(
    values: list[float], family: int, shift: float
) -> None:
    moved = decide([each + shift for each in values], family)
    assert moved == pytest.approx(tuple(each * math.exp(shift) for each in decide(values, family)), rel=1e-6)


def test_rounds_that_all_agree_leave_no_doubt() -> None:
    assert decide([math.log(2)] * 8, 5) == pytest.approx(Estimate(2, 2, 2))


def test_a_ratio_needs_pairs() -> None:
    with pytest.raises(ValueError, match="expected at least one pair"):
        decide([])


def test_the_interval_is_the_intersection_of_both_at_the_family_s_level() -> None:
    values = np.random.default_rng(3).normal(0.1, 0.02, 12)
    tail = 0.05 / (2 * 4) / 2
    low, high = stats.t.interval(1 - 2 * tail, 11, np.mean(values), stats.sem(values))
    trimmed = stats.ttest_1samp(values, 0)  # the t interval by another way, as a check of the first
    assert trimmed.confidence_interval(1 - 2 * tail) == pytest.approx((low, high))
    found = decide(values, 4)
    assert math.exp(low) <= found.low
    assert found.high <= math.exp(high)
    assert decide(values, 400).relative_width > found.relative_width > decide(values, 1).relative_width


def test_one_disturbed_round_does_not_hide_a_difference_that_all_others_show() -> None:
    """The t-test alone does not see it."""
    ratios = [1.05, 1.051, 1.049, 1.052, 1.048, 1.054, 1.053, 1.047, 1.055, 1.045, 1.056, 1.044, 1.057, 0.6]
    assert stats.ttest_1samp(np.log(ratios), 0).pvalue > 0.5
    assert give_verdict(decide(np.log(ratios))) == FASTER


def test_where_the_two_intervals_do_not_meet_it_is_their_hull() -> None:
    values = [0.0, 0.0, 0.0001, -0.0001, 0.0, 0.0001, -0.0001, 0.0] * 5 + [0.5] * 10
    found = decide(values)
    assert found.low < 1.0001
    assert found.high > math.exp(np.mean(values))


def simulate_families(rounds: int, size: int, *, disturbed: bool, count: int = 500) -> float:
    """In what share of families of the same program, all against one baseline, something is said to differ."""
    draw = np.random.default_rng([rounds, size, disturbed])
    false = 0
    for _ in range(count):
        logarithms = draw.normal(0, 0.02, (size + 1, rounds))
        if disturbed:  # one run in eight is up to twice as slow
            logarithms += (draw.random(logarithms.shape) < 1 / 8) * draw.uniform(
                0, math.log(2), logarithms.shape
            )
        verdicts = {give_verdict(decide(logarithms[0] - mine, size)) for mine in logarithms[1:]}
        false += bool(verdicts & {FASTER, SLOWER})
    return false / count


@pytest.mark.parametrize("disturbed", [False, True])
@pytest.mark.parametrize("rounds", [10, 20, 50])
def test_at_most_one_family_in_twenty_says_something_false(rounds: int, *, disturbed: bool) -> None:
    assert simulate_families(rounds, 6, disturbed=disturbed) <= 0.05


@pytest.mark.parametrize("rounds", [10, 20])
def test_of_larger_families_about_as_few_do(rounds: int) -> None:
    """Of many, with noise that is normal, a little over 5 % do (5.2 and 5.1 % of 40,000); disturbed, some 2 %."""
    assert simulate_families(rounds, 14, disturbed=False) <= 0.065
    assert simulate_families(rounds, 14, disturbed=True, count=200) <= 0.05


def test_a_real_difference_of_5_per_cent_is_found() -> None:
    draw = np.random.default_rng(5)
    verdicts = [give_verdict(decide(draw.normal(math.log(1.05), 0.02, 20), 10)) for _ in range(100)]
    assert verdicts.count(FASTER) >= 95
    same = [give_verdict(decide(draw.normal(0, 0.02, 20), 10)) for _ in range(100)]
    assert same.count(SAME) >= 95


# Sessions.


@given(st.lists(LOGARITHMS, min_size=1, max_size=4), FAMILIES)
def test_over_sessions_a_ratio_s_interval_holds_those_of_all(
    sessions: list[list[float]], family: int
) -> None:
    found = decide_sessions(sessions, family)
    known = [each for each in (decide(values, family) for values in sessions) if not math.isnan(each.low)]
    assert math.isnan(found.low) is not bool(known)
    for each in known:
        assert found.low <= each.low <= each.high <= found.high
        assert found.low <= found.median <= found.high, "a ratio outside of its own interval"


def test_a_session_too_short_for_an_interval_does_not_move_the_ratio_out_of_that_of_the_others() -> None:
    long = [0.10, 0.11, 0.09, 0.10, 0.10, 0.105]
    for found in (
        decide_sessions([long, [-1.0], [-2.0]]),
        estimate_sessions([np.exp(long), *np.exp([[-1], [-2]])]),
    ):
        assert found.low <= found.median <= found.high


def test_sessions_that_contradict_each_other_decide_nothing() -> None:
    up, down = [0.1, 0.11, 0.09, 0.1, 0.1, 0.105], [-0.1, -0.11, -0.09, -0.1, -0.1, -0.105]
    assert give_verdict(decide_sessions([up])) == FASTER
    assert give_verdict(decide_sessions([down])) == SLOWER
    assert give_verdict(decide_sessions([up, down])) == UNDECIDED
    assert decide_sessions([]) == pytest.approx(UNKNOWN, nan_ok=True)


# Apart: runs that share no rounds.


@given(MANY, MANY, FAMILIES)
def test_ratios_apart_turned_round_are_one_over_them(
    one: list[float], other: list[float], family: int
) -> None:
    there, back = decide_apart(one, other, family), decide_apart(other, one, family)
    assert there.low <= there.median <= there.high
    assert there.median * back.median == pytest.approx(1)
    assert (there.low * back.high, there.high * back.low) == pytest.approx((1, 1))


@given(MANY, FAMILIES)
def test_runs_are_not_different_from_themselves(values: list[float], family: int) -> None:
    found = decide_apart(values, values, family)
    assert found.low <= 1 <= found.high


def test_ratios_apart_need_rounds_on_both_sides() -> None:
    assert give_verdict(decide_apart([0.0] * 4, [0.0] * 9)) == TOO_FEW
    assert give_verdict(decide_apart([0.0] * 9, [0.0] * 4)) == TOO_FEW
    far = decide_apart([1.0, 1.01, 0.99, 1.0, 1.02], [0.0, 0.01, -0.01, 0.0, 0.02])
    assert far.median == pytest.approx(math.e)
    assert give_verdict(far) == FASTER


@pytest.mark.parametrize("rounds", [6, 20])
def test_apart_too_few_families_say_something_false(rounds: int) -> None:
    draw = np.random.default_rng(rounds)
    verdicts = [give_verdict(decide_apart(*draw.normal(0, 0.03, (2, rounds)))) for _ in range(200)]
    assert (verdicts.count(FASTER) + verdicts.count(SLOWER)) / 200 <= 0.05


# Pairs: the nearest runs of the round.


def test_a_run_is_paired_with_the_nearest_runs_before_and_after() -> None:
    others = [(1, 100.0), (4, 2.0), (8, 8.0), (12, 1000.0)]
    assert math.exp(pair_round([(5, 1.0)], others)) == pytest.approx(4)  # √(2 · 8)
    assert math.exp(pair_round([(13, 1.0)], others)) == pytest.approx(1000)
    assert math.exp(pair_round([(0, 1.0)], others)) == pytest.approx(100)


def test_several_runs_of_one_case_are_one_pair() -> None:
    assert math.exp(pair_round([(2, 1.0), (5, 4.0)], [(1, 2.0), (6, 2.0)])) == pytest.approx(1)
    assert pair_round([(1, 3.0), (3, 5.0)], [(2, 7.0)]) == pytest.approx(
        -pair_round([(2, 7.0)], [(1, 3.0), (3, 5.0)])
    )


def test_a_drift_within_the_round_is_not_in_the_ratio() -> None:
    """What is compared is run before and after: of what rises evenly, or falls, nothing stays."""
    drift = {order: math.exp(0.05 * order) for order in range(1, 10)}
    others = [(order, drift[order]) for order in (1, 5, 9)]
    assert pair_round([(3, drift[3])], others) == pytest.approx(0)
    assert pair_round([(7, drift[7])], others) == pytest.approx(0)


@pytest.mark.parametrize("values", [(0.0, 1.0), (1.0, -1.0)])
def test_a_pair_needs_positive_values(values: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="expected positive values only"):
        pair_round([(1, values[0])], [(2, values[1])])


# Words.


@pytest.mark.parametrize(
    ("ratio", "verdict", "other", "words"),
    [
        (Estimate(1.1, 1.01, 1.2), FASTER, HIGHER, None),
        (Estimate(0.9, 0.8, 0.99), SLOWER, LOWER, None),
        (Estimate(1.0, 0.97, 1.03), SAME, SAME, "same within ±5 %"),
        (Estimate(1.0, 1 / 1.05, 1.05), SAME, SAME, "same within ±5 %"),
        (Estimate(1.0, 0.9, 1.03), UNDECIDED, UNDECIDED, "undecided: between 0.90× and 1.03×"),
        (Estimate(28.7, 0.5, 30.04), UNDECIDED, UNDECIDED, "undecided: between 0.50× and 30.0×"),
        (Estimate(9.0, math.nan, math.nan), TOO_FEW, TOO_FEW, "too few rounds"),
    ],
)
def test_there_are_five_words(ratio: Estimate, verdict: str, other: str, words: str | None) -> None:
    assert give_verdict(ratio) == verdict
    assert give_verdict(ratio, speed=False) == other
    assert spell_verdict(verdict, ratio) == (words or verdict)
    assert spell_verdict(other, ratio) == (words or other)


@given(ratio=INTERVALS, speed=st.booleans())
def test_a_verdict_never_contradicts_the_interval_beside_it(ratio: Estimate, *, speed: bool) -> None:
    verdict, (_, low, high) = give_verdict(ratio, speed=speed), ratio
    assert (verdict == TOO_FEW) is math.isnan(low)
    assert (verdict in (FASTER, HIGHER)) is (low > 1)
    assert (verdict in (SLOWER, LOWER)) is (high < 1)
    assert verdict != SAME or (low >= 1 / NEAR and high <= NEAR)
    assert verdict != UNDECIDED or (low <= 1 <= high and not (low >= 1 / NEAR and high <= NEAR))
    assert verdict not in ((LOWER, HIGHER) if speed else (FASTER, SLOWER))


@given(LOGARITHMS, FAMILIES)
def test_the_interval_that_is_printed_is_the_one_that_decides(values: list[float], family: int) -> None:
    found = decide(values, family)
    words = spell_verdict(give_verdict(found), found)
    if words.startswith("undecided"):
        assert words == f"undecided: between {spell_ratio(found.low)} and {spell_ratio(found.high)}"
    if not math.isnan(found.low):  # as they are printed, too, to the digits that are
        low, high = (float(spell_ratio(each).rstrip("×").replace(",", "")) for each in found[1:])
        assert words != FASTER or low >= 1
        assert words != SLOWER or high <= 1
    assert words.partition(":")[0] in (FASTER, SLOWER, "same within ±5 %", UNDECIDED, TOO_FEW)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.926, "1.93×"),
        (0.0712, "0.07×"),
        (0.00996, "0.01×"),
        (0.00994, "0.0099×"),
        (0.00316, "0.0032×"),
        (0.0000996, "0.00010×"),
        (0.0, "0.00×"),
        (9.994, "9.99×"),
        (9.996, "10.0×"),
        (28.73, "28.7×"),
        (287.3, "287×"),
        (2870.4, "2,870×"),
        (math.nan, "unknown"),
    ],
)
def test_ratios_are_spelled_with_three_figures_and_small_ones_with_two(value: float, text: str) -> None:
    assert spell_ratio(value) == text
