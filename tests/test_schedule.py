"""schedule: which cases a round has, and in what order."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from harness.records import Record
from harness.schedule import FULL, QUICK, Effort, History, choose, doubt, shuffle
from tests.samples import case, record

EFFORT = Effort(budget_s=60, floor=2, ceiling=4, precision={"cpu": 0.05})
NARROW, WIDE, WIDEST = (10.0, 10.1), (10.0, 14.0), (10.0, 30.0)


def history(**elapsed_ms: tuple[float, ...]) -> History:
    """Cases that took these times, each run 20 ms in all."""
    return History([record(name, i, ms) for name, runs in elapsed_ms.items() for i, ms in enumerate(runs, 1)])


def chosen(number: int, past: History, **effort: object) -> list[str]:
    cases = [case(name) for name in ("a", "b", "c")]
    return [each.id for each in choose(cases, number, past, replace(EFFORT, **effort))]


@pytest.mark.parametrize("number", [1, 2])
def test_up_to_the_floor_a_round_has_every_case(number: int) -> None:
    assert chosen(number, history(a=NARROW, b=NARROW, c=NARROW)) == ["a", "b", "c"]


def test_above_the_floor_a_round_has_the_uncertain_cases_least_certain_first() -> None:
    assert chosen(3, history(a=NARROW, b=WIDE, c=WIDEST)) == ["c", "b"]


def test_a_case_with_one_run_is_the_least_certain() -> None:
    assert chosen(3, history(a=WIDEST, b=(10.0,), c=NARROW)) == ["b", "a"]


def test_a_round_above_the_ceiling_is_empty() -> None:
    past = history(a=WIDE, b=WIDE, c=WIDE)
    assert chosen(4, past)
    assert not chosen(5, past)


@pytest.mark.parametrize(
    ("spare_ms", "expected"), [(60, ["c", "b"]), (40, ["c", "b"]), (39, ["c"]), (20, ["c"]), (19, [])]
)
def test_the_least_certain_get_what_is_left_of_the_budget(spare_ms: float, expected: list[str]) -> None:
    spent_ms = 6 * 20
    budget_s = (spent_ms + spare_ms) / 1000
    assert chosen(3, history(a=NARROW, b=WIDE, c=WIDEST), budget_s=budget_s) == expected


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_case_that_failed_is_not_run_again(number: int) -> None:
    past = history(b=WIDE, c=WIDE)
    past.add(record("a", status="crashed", elapsed_ns=None))
    assert "a" not in chosen(number, past)


def test_a_case_that_is_not_planned_is_never_run() -> None:
    assert choose([case("a", status="skipped"), case("b", status="missing")], 1, History(), EFFORT) == []


@pytest.mark.parametrize(("kind", "expected"), [("cpu", True), ("io", False)])
def test_the_precision_is_that_of_the_kind_of_workload(kind: str, expected: bool) -> None:
    effort = replace(EFFORT, precision={"cpu": 0.01, "io": 0.1})
    uncertain = choose([case("a", kind=kind)], 3, history(a=(10.0, 10.5)), effort)
    assert bool(uncertain) is expected


def test_what_was_decided_before_timing_is_no_run() -> None:
    past = History([record("a", 0, status="missing", elapsed_ns=None)])
    assert (past.done, past.failed, past.spent_ns) == (set(), set(), 0)


def test_a_run_is_predicted_to_take_what_earlier_ones_took() -> None:
    runs: list[Record] = [record("a", 1, took_ns=10), record("a", 2, took_ns=30)]
    past = History(runs)
    assert past.predict_ns(case("a")) == 20
    assert past.predict_ns(case("b")) == 0
    assert past.spent_ns == 40
    assert past.before(2, runs).spent_ns == 10


def test_the_order_is_a_function_of_seed_and_round() -> None:
    cases = [case(str(i)) for i in range(10)]
    assert shuffle(cases, 1, 1) == shuffle(cases[::-1], 1, 1)
    orders = {tuple(each.id for each in shuffle(cases, *key)) for key in ((1, 1), (1, 2), (2, 1), (2, 2))}
    assert len(orders) == 4
    assert {frozenset(order) for order in orders} == {frozenset(str(i) for i in range(10))}


def test_quick_is_less_of_everything_but_what_is_asked_of_a_case() -> None:
    assert QUICK.budget_s <= 60
    assert QUICK.floor <= QUICK.ceiling <= 3


def test_what_is_compared_stays_together_in_random_order() -> None:
    cases = [case(f"{group}{i}", id=f"{group}{i}", baseline=f"{group}0") for group in "abc" for i in range(4)]
    orders = [[each.id for each in shuffle(cases, 1, number)] for number in range(1, 30)]
    for order in orders:
        assert [len({name[0] for name in order[i : i + 4]}) for i in (0, 4, 8)] == [1, 1, 1]
        assert sorted(order) == [each.id for each in cases]
    assert len({order[0] for order in orders}) > 8


def test_a_case_with_a_wide_ratio_goes_on_together_with_its_baseline() -> None:
    """Both times are narrow, but the two go up and down against each other."""
    cases = [case("sequential"), case("steady"), case("waiting", baseline="")]
    up, down = (100, 101, 100, 101, 100, 101), (101, 100, 101, 100, 101, 100)
    records = [record("sequential", i, ms) for i, ms in enumerate(up, 1)]
    records += [record("steady", i, ms) for i, ms in enumerate(down, 1)]
    records += [record("waiting", i, 100) for i in range(1, 7)]
    past = History(records)
    narrow = replace(FULL, precision={"cpu": 0.007})
    assert doubt(cases[0], past, narrow) < 1 < doubt(cases[1], past, narrow)
    assert {each.id for each in choose(cases, 7, past, narrow)} == {"sequential", "steady"}
