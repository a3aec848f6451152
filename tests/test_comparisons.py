"""comparisons: pairs of a round, families, sessions, and the words for quantities of every kind."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd
import pytest

from harness.analyse.comparisons import compare_cases, gather_rounds, pair
from harness.plan.cases import Case, Comparison
from harness.plan.declarations import Workload
from harness.store.records import Record
from tests.samples import FAKES, MS, case, collated, record, workload

ALONE, STEADY = case("sequential", id="alone", workers=1), case("steady", id="two")
NOISE = (0, 0.1, -0.1, 0.05, -0.05, 0.08, -0.08, 0.02)  # milliseconds


def runs(name: str, *milliseconds: float, **changes: object) -> list[Record]:
    return [record(name, number, each, **changes) for number, each in enumerate(milliseconds, 1)]


def steady(name: str, middle: float, **changes: object) -> list[Record]:
    return runs(name, *(middle * (1 + each / 10) for each in NOISE), **changes)


def compared(
    records: Sequence[Record],
    pairs: Sequence[tuple[str, str]] = (("two", "alone"),),
    cases: Sequence[Case] = (ALONE, STEADY),
    **changes: object,
) -> pd.DataFrame:
    workloads: dict[str, Workload] = {**FAKES.workloads, "late": workload("late", **changes)}
    comparisons = [Comparison(mine, other, "speed-up") for mine, other in pairs]
    return compare_cases(cases, comparisons, collated(cases, records, workloads), workloads)


def test_of_times_the_ratio_says_how_many_times_as_fast() -> None:
    (row,) = compared([*steady("alone", 100), *steady("two", 50)]).to_dict("records")
    assert row["ratio"] == pytest.approx(2)
    assert row["low"] <= row["ratio"] <= row["high"]
    assert (row["case"], row["against"], row["label"]) == ("two", "alone", "speed-up")
    assert (row["session"], row["sessions"], row["rounds"], row["family"]) == (0, 1, 8, 1)
    assert (row["quantity"], row["verdict"], row["words"]) == ("elapsed_ns", "faster", "faster")
    assert (row["spread_low"], row["spread_high"]) == pytest.approx((2, 2))


@pytest.mark.parametrize(("milliseconds", "word"), [(200, "higher"), (50, "lower"), (100, "same")])
def test_of_other_quantities_it_says_how_many_times_as_much(milliseconds: float, word: str) -> None:
    def served(name: str, middle: float) -> list[Record]:
        return [
            record(name, n, metrics={"tempo": middle * (1 + each / 50)}) for n, each in enumerate(NOISE, 1)
        ]

    judged = {"quantity": "tempo", "speed": False}
    (row,) = compared([*served("alone", 100), *served("two", milliseconds)], judged=judged).to_dict("records")
    assert row["ratio"] == pytest.approx(milliseconds / 100, rel=0.01)
    assert (row["quantity"], row["verdict"]) == ("tempo", word)


def test_a_run_is_compared_with_its_neighbours_in_the_round() -> None:
    """The machine becomes slower within each round; the baseline runs before, between and after."""
    pace = {1: 100.0, 2: 100.0, 3: 110.0, 4: 121.0, 5: 121.0}
    records = [
        record(name, number, pace[order] / (2 if name == "two" else 1), order=order, repeat=repeat)
        for number in range(1, 9)
        for name, order, repeat in (
            ("alone", 1, 1),
            ("two", 2, 1),
            ("alone", 3, 2),
            ("two", 4, 2),
            ("alone", 5, 3),
        )
    ]
    (row,) = compared(records).to_dict("records")
    assert row["ratio"] == pytest.approx(2 * math.sqrt(math.sqrt(1.1) * math.sqrt(1 / 1.1)), rel=1e-9)
    assert row["rounds"] == 8


def test_a_drift_over_the_rounds_is_in_no_ratio() -> None:
    drift = [100 * 1.1**number for number in range(8)]
    (row,) = compared([*runs("alone", *drift), *runs("two", *(each / 2 for each in drift))]).to_dict(
        "records"
    )
    assert (row["low"], row["high"]) == pytest.approx((2, 2))


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "failed", "elapsed_ns": None},
        {"phase": "memory"},
        {"round": 0},
        {"elapsed_ns": 0},
    ],
)
def test_only_good_timed_runs_are_gathered(changes: dict[str, object]) -> None:
    cases = [ALONE]
    table = collated(cases, [record("alone", 1, 5), record("alone", 2, 7, **changes)])
    assert gather_rounds(cases, table, FAKES.workloads) == {"alone": {(1, 1): [(1, 5.0 * MS)]}}


def test_a_round_that_only_one_of_them_has_is_no_pair() -> None:
    assert pair({(1, 1): [(1, 2.0)], (1, 3): [(1, 2.0)]}, {(1, 1): [(2, 4.0)], (1, 2): [(2, 4.0)]}) == {
        1: [pytest.approx(math.log(2))]
    }
    assert compared([*runs("alone", 10), *[record("two", 2)]]).empty


def test_a_family_is_what_was_compared_with_the_same_one() -> None:
    names = [f"c{i}" for i in range(4)]
    cases = [ALONE, STEADY, *(case(id=name) for name in names)]
    records = [*steady("alone", 100), *steady("two", 50)]
    records += [each for name in names[:3] for each in steady(name, 99)]  # the last has no rounds
    pairs = [("two", "alone"), *((name, "alone") for name in names)]
    found = compared(records, pairs, cases).set_index("case")
    assert found["family"].to_dict() == {"two": 4, "c0": 4, "c1": 4, "c2": 4}
    wide = compared(records, pairs[:1], cases).iloc[0]
    assert found.loc["two", "low"] <= wide["low"]
    assert found.loc["two", "high"] >= wide["high"]
    mixed = compared(records, [("two", "alone"), ("c0", "c1")], cases)
    assert list(mixed["family"]) == [1, 1], "another baseline is another family"


def test_below_five_rounds_there_is_a_ratio_without_an_interval() -> None:
    (row,) = compared([*runs("alone", 10, 10, 10, 10), *runs("two", 5, 5, 5, 5)]).to_dict("records")
    assert row["ratio"] == pytest.approx(2)
    assert math.isnan(row["low"])
    assert (row["verdict"], row["words"]) == ("too few rounds", "too few rounds")


def test_every_session_has_a_row_and_all_of_them_the_hull() -> None:
    records = [*steady("alone", 100), *steady("two", 50)]
    records += [*steady("alone", 100, session=2), *steady("two", 80, session=2)]
    whole, *single = compared(records).to_dict("records")
    assert [each["session"] for each in (whole, *single)] == [0, 1, 2]
    assert [each["ratio"] for each in single] == pytest.approx([2, 1.25])
    assert whole["low"] == min(each["low"] for each in single)
    assert whole["high"] == max(each["high"] for each in single)
    assert (whole["spread_low"], whole["spread_high"]) == pytest.approx((1.25, 2))
    assert (whole["sessions"], whole["rounds"]) == (2, 16)
    assert all(math.isnan(each["spread_low"]) for each in single)


def test_rounds_of_different_sessions_are_not_paired() -> None:
    assert compared([*steady("alone", 100), *steady("two", 50, session=2)]).empty
