"""summarise: a row a case, with its state, its rounds, and the median of each quantity with its interval."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import pytest
from msgspec.structs import replace

from harness.analyse.summarise import summarise
from harness.plan.cases import Case
from harness.plan.declarations import Workload
from harness.store.records import Record
from tests.samples import EFFORT, FAKES, MS, case, collated, record, workload


def rounds(name: str, *elapsed_ms: float, **changes: object) -> list[Record]:
    return [record(name, number, each, **changes) for number, each in enumerate(elapsed_ms, 1)]


def summarised(cases: Sequence[Case], records: Sequence[Record], **changes: object) -> pd.DataFrame:
    workloads: dict[str, Workload] = {**FAKES.workloads, "late": workload("late", **changes)}
    table = summarise(cases, collated(cases, records, workloads), workloads, EFFORT)
    assert list(table["case"]) == [each.id for each in cases]
    return table.set_index("case")


def test_there_is_a_row_a_case_in_the_order_of_the_plan() -> None:
    table = summarised([case(id="b"), case(id="a")], [*rounds("a", 1), *rounds("b", 2)])
    assert list(table.index) == ["b", "a"]
    assert list(table["elapsed_ns_median"]) == [2 * MS, MS]


def test_medians_and_intervals_are_those_of_the_runs() -> None:
    row = summarised([case(id="a")], rounds("a", 10, 30, 20)).loc["a"]
    assert (row["elapsed_ns_median"], row["elapsed_ns_low"], row["elapsed_ns_high"]) == (
        20 * MS,
        10 * MS,
        30 * MS,
    )
    assert row["startup_ns_median"] == 5 * MS
    assert row["throughput_per_s_median"] == pytest.approx(500)
    assert row["cores_used_median"] == pytest.approx(9 / 25)
    assert (row["timed_rounds"], row["sessions"], row["memory_rounds"]) == (3, 1, 0)
    assert (row["workload"], row["workers"], row["limit"]) == ("late", 2, 10)


def test_repeats_of_a_round_are_runs_but_one_round() -> None:
    records = [*rounds("a", 10, 20), *rounds("a", 30, 40, order=5, repeat=2)]
    row = summarised([case(id="a")], records).loc["a"]
    assert (row["timed_rounds"], row["elapsed_ns_median"]) == (2, 25 * MS)


def test_over_sessions_the_interval_is_the_hull() -> None:
    records = [*rounds("a", 10, 11, 12), *rounds("a", 20, 21, 22, session=2)]
    row = summarised([case(id="a")], records).loc["a"]
    assert (row["elapsed_ns_low"], row["elapsed_ns_median"], row["elapsed_ns_high"]) == (
        10 * MS,
        16 * MS,
        22 * MS,
    )
    assert (row["sessions"], row["timed_rounds"]) == (2, 6)


def test_one_round_has_a_median_but_no_interval_and_is_not_precise() -> None:
    row = summarised([case(id="a")], rounds("a", 10)).loc["a"]
    assert row["elapsed_ns_median"] == 10 * MS
    assert pd.isna(row["elapsed_ns_low"])
    assert not row["precise"]
    assert pd.isna(row["judged_width"])


@pytest.mark.parametrize(("kind", "precise"), [("cpu", False), ("io", True)])
def test_precision_is_asked_by_kind_of_the_quantity_that_is_judged(kind: str, *, precise: bool) -> None:
    effort = replace(EFFORT, precision={"cpu": 0.02, "io": 0.05})
    workloads = {"late": workload("late", kind=kind, judged={"quantity": "tempo", "speed": False})}
    records = [record("a", i, 10 * i, metrics={"tempo": each}) for i, each in enumerate((97, 100, 103), 1)]
    cases = [case(id="a")]
    row = summarise(cases, collated(cases, records, workloads), workloads, effort).iloc[0]
    assert (row["judged"], row["precision"]) == ("tempo", effort.precision[kind])
    assert row["judged_width"] == pytest.approx(0.03)
    assert bool(row["precise"]) is precise
    assert row["tempo_median"] == 100


def test_a_case_without_the_judged_quantity_is_not_precise() -> None:
    judged = {"quantity": "tempo", "speed": False}
    row = summarised([case(id="a")], rounds("a", 10, 10, 10), judged=judged).loc["a"]
    assert (row["status"], bool(row["precise"])) == ("ok", False)


@pytest.mark.parametrize("number", [0, 1, 3])
def test_a_case_that_failed_in_any_round_has_its_reason(number: int) -> None:
    records = [
        *rounds("a", 10, 10),
        record("a", number, status="crashed", reason="ended by SIGSEGV", order=9),
    ]
    records[-1:] = [replace(records[-1], elapsed_ns=None, result=None, completed=None, repeat=2)]
    row = summarised([case(id="a")], records).loc["a"]
    assert (row["status"], row["reason"]) == ("crashed", "ended by SIGSEGV")


def test_a_failure_of_the_memory_pass_does_not_undo_good_times() -> None:
    records = [*rounds("a", 10, 11, 12), record("a", 1, phase="memory", status="timeout", reason="slow")]
    row = summarised([case(id="a")], records).loc["a"]
    assert (row["status"], row["timed_rounds"], row["elapsed_ns_median"]) == ("ok", 3, 11 * MS)


def test_a_case_that_is_only_weighed_fails_with_the_memory_pass() -> None:
    row = summarised([case(id="a")], [record("a", 1, phase="memory", status="timeout", reason="slow")]).loc[
        "a"
    ]
    assert (row["status"], row["reason"]) == ("timeout", "slow")


@pytest.mark.parametrize(
    ("status", "reason", "expected"),
    [
        ("planned", "", ("unmeasured", "the run ended before its turn")),
        ("skipped", "it makes no sense", ("skipped", "it makes no sense")),
        ("missing", "make fake", ("missing", "make fake")),
    ],
)
def test_what_was_not_run_is_a_row_that_says_why(status: str, reason: str, expected: tuple[str, str]) -> None:
    cases = [case(id="a", status=status, reason=reason), case(id="b")]
    row = summarised(cases, rounds("b", 10)).loc["a"]
    assert (row["status"], row["reason"]) == expected
    assert pd.isna(row["elapsed_ns_median"])
    assert row["timed_rounds"] == 0


def test_memory_is_that_of_the_pass_that_watches_it() -> None:
    weighed = {"phase": "memory", "elapsed_ns": None, "wall_ns": None, "idle_bytes": 100}
    records = [*rounds("a", 10), *(record("a", i, 10, peak_bytes=100 * i, **weighed) for i in (1, 2, 3))]
    row = summarised([case(id="a")], records).loc["a"]
    assert (row["peak_bytes_median"], row["work_bytes_median"], row["memory_rounds"]) == (200, 100, 3)
    assert row["elapsed_ns_median"] == 10 * MS


def test_declared_quantities_and_what_fixtures_saw_are_estimated_too() -> None:
    records = [record("a", i, metrics={"tempo": 2.0 * i}, fixture={"asked": 7.0}) for i in (1, 2, 3)]
    row = summarised([case(id="a")], records, quantities={"double": "2 * tempo"}).loc["a"]
    assert (row["tempo_median"], row["double_median"], row["asked_median"]) == (4, 8, 7)
