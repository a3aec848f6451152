"""schedule: which cases a round has, and in what order."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from harness.plan.cases import Case
from harness.plan.declarations import Workload
from harness.run.schedule import PER_BASELINE, History, Schedule
from harness.store.folder import Plan
from harness.store.records import Record
from tests.samples import EFFORT, FAKES, case, plan, record, workload

NARROW, WIDE, WIDEST = (10.0, 10.05), (10.0, 14.0), (10.0, 30.0)
ABC = plan([case(id=name) for name in "abc"])


def past(
    of: Plan, workloads: dict[str, Workload] = FAKES.workloads, **elapsed_ms: Sequence[float]
) -> History:
    """Cases that took these times, each run 20 ms in all."""
    history = History(of, workloads)
    for name, runs in elapsed_ms.items():
        for number, each in enumerate(runs, 1):
            history.add(record(name, number, each))
    return history


def chosen(number: int, history: History, of: Plan = ABC, budget_s: float = 60) -> list[str]:
    schedule = Schedule(of, FAKES.workloads, 1, budget_s)
    return [each.id for each in schedule.choose(number, history)]


# Choice.


@pytest.mark.parametrize("number", [1, 2])
def test_up_to_the_floor_a_round_has_every_case_whatever_the_budget(number: int) -> None:
    assert chosen(number, past(ABC, a=NARROW, b=NARROW, c=NARROW), budget_s=0) == ["a", "b", "c"]


def test_above_the_floor_a_round_has_the_uncertain_cases_least_certain_first() -> None:
    assert chosen(3, past(ABC, a=NARROW, b=WIDE, c=WIDEST)) == ["c", "b"]


def test_a_case_with_one_run_is_the_least_certain() -> None:
    assert chosen(3, past(ABC, a=WIDEST, b=(10.0,), c=NARROW)) == ["b", "a"]


@pytest.mark.parametrize(("spare_ms", "expected"), [(40, ["c", "b"]), (39, ["c"]), (20, ["c"]), (19, [])])
def test_the_least_certain_get_what_is_left_of_the_budget(spare_ms: float, expected: list[str]) -> None:
    budget_s = (6 * 20 + spare_ms) / 1000
    assert chosen(3, past(ABC, a=NARROW, b=WIDE, c=WIDEST), budget_s=budget_s) == expected


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_case_that_failed_is_not_run_again(number: int) -> None:
    history = past(ABC, a=WIDE, b=WIDE, c=WIDE)
    history.add(record("a", 3, status="crashed", elapsed_ns=None))
    assert chosen(number, history) == ["b", "c"]


@pytest.mark.parametrize("number", [1, 3])
def test_a_case_that_is_not_planned_is_never_run(number: int) -> None:
    of = plan([case(id="a", status="skipped"), case(id="b", status="missing"), case(id="c")])
    assert chosen(number, past(of), of) == ["c"]


@pytest.mark.parametrize(("kind", "expected"), [("cpu", ["a"]), ("io", [])])
def test_the_precision_is_that_of_the_kind_of_workload(kind: str, expected: list[str]) -> None:
    workloads = {"late": workload("late", kind=kind)}
    of = plan([case(id="a")], effort=replace(EFFORT, precision={"cpu": 0.01, "io": 0.1}))
    schedule = Schedule(of, workloads, 1, 60)
    assert [each.id for each in schedule.choose(3, past(of, workloads, a=(10.0, 10.5)))] == expected


def test_a_case_with_a_wide_ratio_goes_on_together_with_what_it_is_compared_with() -> None:
    """All times are narrow, but two go up and down against each other."""
    of = plan([case(id="a"), case(id="b"), case(id="c")], [("b", "a")])
    of = replace(of, effort=replace(EFFORT, precision={"cpu": 0.007}))
    up, down = (100.0, 101.0) * 3, (101.0, 100.0) * 3
    assert set(chosen(7, past(of, a=up, b=down, c=(100.0,) * 6), of)) == {"a", "b"}


def test_a_ratio_is_as_wide_as_its_family_makes_it() -> None:
    of = plan([case(id=name) for name in "abc"], [("b", "a"), ("c", "a")])
    history = past(of, a=(100.0, 101.0) * 3, b=(101.0, 100.0) * 3, c=(100.0, 101.0) * 3)
    assert Schedule(of, FAKES.workloads, 1, 60).others["b"] == {"a": 2}
    assert history.find_width("b", {"a": 1}) < history.find_width("b", {"a": 2})
    assert history.find_width("b", {}) < history.find_width("b", {"a": 1})


def test_what_failed_is_not_waited_for_by_what_is_compared_with_it() -> None:
    of = plan([case(id="a"), case(id="b")], [("b", "a")])
    history = past(of, b=NARROW)
    history.add(record("a", 1, status="failed", elapsed_ns=None))
    assert chosen(3, history, of) == []


def test_history_counts_what_runs_took_and_reads_what_is_judged() -> None:
    workloads = {"late": workload("late", judged={"quantity": "tempo", "speed": False})}
    history = History(plan([case(id="a")]), workloads)
    runs: list[Record] = [
        record("a", 1, took_ns=10, metrics={"tempo": 3.0}),
        record("a", 1, took_ns=30, metrics={"tempo": 4.0}, order=5, repeat=2),
        record("a", 2, took_ns=50, status="failed", elapsed_ns=None),
    ]
    for each in runs:
        history.add(each)
    assert (history.spent_ns, history.paces["a"].each_ns) == (90, 30)
    assert history.values["a"] == {1: [(1, 3.0), (5, 4.0)]}
    assert history.failed == {"a"}


# Order.


def order(of: Plan, number: int = 1, seed: int = 1, cases: Sequence[Case] | None = None) -> list[str]:
    steps = Schedule(of, FAKES.workloads, seed, 60).order(cases or of.cases, 1, number)
    assert [each.order for each in steps] == list(range(1, len(steps) + 1))
    return [each.case.id for each in steps]


def test_the_order_is_a_function_of_seed_and_round() -> None:
    of = plan([case(id=str(i)) for i in range(10)])
    assert order(of) == order(of, cases=of.cases[::-1])
    orders = {tuple(order(of, *key)) for key in ((1, 1), (1, 2), (2, 1), (2, 2))}
    assert len(orders) == 4
    assert {frozenset(each) for each in orders} == {frozenset(str(i) for i in range(10))}


@pytest.mark.parametrize(("others", "baselines"), [(1, 2), (PER_BASELINE, 2), (PER_BASELINE + 1, 3), (9, 4)])
def test_what_is_compared_with_runs_before_between_and_after(others: int, baselines: int) -> None:
    names = [f"c{i}" for i in range(others)]
    of = plan([case(id="base"), *(case(id=name) for name in names)], [(name, "base") for name in names])
    found = order(of)
    assert found[0] == found[-1] == "base"
    assert found.count("base") == baselines
    assert sorted(each for each in found if each != "base") == names
    gaps = "".join("b" if each == "base" else "." for each in found).split("b")
    assert max(map(len, gaps)) <= PER_BASELINE
    steps = Schedule(of, FAKES.workloads, 1, 60).order(of.cases, 3, 1)
    assert [each.repeat for each in steps if each.case.id == "base"] == list(range(1, baselines + 1))
    assert {each.repeat for each in steps if each.case.id != "base"} == {1}


def test_groups_stay_together_in_random_order() -> None:
    of = plan(
        [case(id=f"{group}{i}") for group in "abc" for i in range(4)],
        [(f"{group}{i}", f"{group}0") for group in "abc" for i in (1, 2, 3)],
    )
    orders = [order(of, number) for number in range(1, 30)]
    for each in orders:
        assert [{name[0] for name in each[i : i + 5]} for i in (0, 5, 10)] == [
            {each[i][0]} for i in (0, 5, 10)
        ]
    assert {each[0] for each in orders} == {"a0", "b0", "c0"}
    assert len({tuple(name for name in each if name[0] == "a") for each in orders}) == 6


def test_what_is_compared_in_a_chain_or_a_ring_is_one_group() -> None:
    of = plan([case(id=name) for name in "abcd"], [("b", "a"), ("c", "b")])
    found = order(of)
    assert found.count("a") == 2
    assert abs(found.index("b") - found.index("c")) == 1
    ring = plan([case(id=name) for name in "ab"], [("a", "b"), ("b", "a")])
    assert set(order(ring)) == {"a", "b"}


def test_a_round_without_the_baseline_has_each_case_once() -> None:
    of = plan([case(id=name) for name in "abc"], [("b", "a"), ("c", "a")])
    assert sorted(order(of, cases=of.cases[1:])) == ["b", "c"]
