"""collate, summarise and cost: tables made of records, on figures with known answers."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd
import pytest

from harness.cost import share_of_harness, tabulate_server
from harness.plan import Case
from harness.records import Record
from harness.summarise import summarise
from tests.samples import MS, case, collated, record

PRECISION = {"cpu": 0.05}
ALONE = case("sequential", workers=1)
STEADY = case("steady")


def summarised(cases: Sequence[Case], records: Sequence[Record]) -> pd.DataFrame:
    table = summarise(cases, collated(cases, records), PRECISION)
    return table.set_index("case", drop=False)


def rounds(name: str, *elapsed_ms: float) -> list[Record]:
    return [record(name, number, ms) for number, ms in enumerate(elapsed_ms, 1)]


def refusal(name: str, status: str, number: int = 0) -> Record:
    return Record(case=name, round=number, order=1, status=status, reason="because", took_ns=20 * MS)


# runs.csv


def test_there_is_a_row_a_run_in_the_order_they_were_made() -> None:
    table = collated([ALONE, STEADY], [record("steady", 1), record("sequential", 1), record("steady", 2)])
    assert list(table["case"]) == ["steady", "sequential", "steady"]
    assert list(table["round"]) == [1, 1, 2]
    assert set(table["run"]) == {"a-run"}


def test_a_row_says_what_was_run_and_what_came_of_it() -> None:
    (row,) = collated([STEADY], [record(metrics={"lag_ns": 7.0}, fixture={"requests": 3.0})]).to_dict(
        "records"
    )
    assert (
        row
        | {
            "workload": "late",
            "language": "fake",
            "model": "steady",
            "runtime": "fake-1",
            "workers": 2,
            "argument_limit": 10,
            "status": "ok",
            "elapsed_ns": 10 * MS,
            "wall_ns": 15 * MS,
            "startup_ns": 5 * MS,
            "metric_lag_ns": 7.0,
            "fixture_requests": 3.0,
        }
        == row
    )


@pytest.mark.parametrize("status", ["skipped", "missing", "wrong_result", "timeout"])
def test_what_was_not_run_or_failed_is_a_row_without_numbers(status: str) -> None:
    table = collated([ALONE, STEADY], [record("sequential"), refusal("steady", status)])
    row = table[table["case"] == "steady"].iloc[0]
    assert (row["status"], row["reason"], row["model"]) == (status, "because", "steady")
    assert row[["elapsed_ns", "wall_ns", "startup_ns", "user_ns", "result"]].isna().all()


def test_metrics_that_one_case_has_are_empty_for_the_others() -> None:
    table = collated([ALONE, STEADY], [record("steady", metrics={"lag_ns": 7.0}), record("sequential")])
    assert table["metric_lag_ns"].isna().tolist() == [False, True]


def test_a_run_without_records_is_a_table_without_rows() -> None:
    table = collated([STEADY], [])
    assert table.empty
    assert {"run", "case", "status", "elapsed_ns", "startup_ns"} <= set(table.columns)


# summary.csv


def test_there_is_a_row_a_case_in_the_order_of_the_plan() -> None:
    table = summarised([STEADY, ALONE], rounds("sequential", 1, 2) + rounds("steady", 3, 4))
    assert list(table["case"]) == ["steady", "sequential"]
    assert list(table["rounds"]) == [2, 2]


def test_medians_of_every_quantity_are_those_of_the_runs() -> None:
    row = summarised([STEADY], rounds("steady", 10, 30, 20)).loc["steady"]
    assert row["elapsed_ns_median"] == 20 * MS
    assert row["wall_ns_median"] == 25 * MS
    assert row["startup_ns_median"] == 5 * MS
    assert row["user_ns_median"] == 6 * MS
    assert row["voluntary_switches_median"] == 4
    assert row["throughput_per_s_median"] == pytest.approx(10 / 0.020)
    assert row["cores_used_median"] == pytest.approx(9 / 25)
    assert row["elapsed_ns_low"] <= 20 * MS <= row["elapsed_ns_high"]


def test_the_interval_of_what_does_not_vary_is_that_value() -> None:
    row = summarised([STEADY], rounds("steady", 20, 20, 20)).loc["steady"]
    assert (row["elapsed_ns_low"], row["elapsed_ns_high"]) == (20 * MS, 20 * MS)
    assert row["certain"]


def test_one_round_has_a_median_but_no_interval_and_is_not_certain() -> None:
    row = summarised([STEADY], rounds("steady", 20)).loc["steady"]
    assert (row["rounds"], row["elapsed_ns_median"]) == (1, 20 * MS)
    assert row[["elapsed_ns_low", "elapsed_ns_high"]].isna().all()
    assert not row["certain"]


def test_a_wide_interval_is_not_certain() -> None:
    assert not summarised([STEADY], rounds("steady", 10, 20, 30)).loc["steady", "certain"]


def test_speed_up_is_paired_by_round() -> None:
    """Half the time in every round, while the machine becomes slower: 2, without any doubt."""
    records = rounds("sequential", 10, 20, 40) + rounds("steady", 5, 10, 20)
    table = summarised([ALONE, STEADY], records)
    speedups = table[["speedup_median", "speedup_low", "speedup_high"]].to_numpy().tolist()
    assert speedups[0] == [1, 1, 1]
    assert speedups[1] == pytest.approx([2, 2, 2])


def test_a_verdict_needs_more_than_a_few_lucky_rounds() -> None:
    """The interval alone would say `faster` of the second one."""
    lucky = (9.9, 9.5, 9.95)
    records = rounds("sequential", 10, 10, 10) + rounds("steady", 5, 5.01, 4.99) + rounds("lucky", *lucky)
    table = summarised([ALONE, STEADY, case("lucky", id="lucky")], records)
    assert table["speedup_low"].tolist()[2] > 1
    assert table["verdict"].tolist() == ["", "faster", "no measurable difference"]


def test_a_round_in_which_one_of_the_two_is_missing_is_no_pair() -> None:
    table = summarised([ALONE, STEADY], [*rounds("sequential", 10, 20, 40, 80), record("steady", 2, 5)])
    assert table.loc["steady", "speedup_median"] == pytest.approx(4)


def test_without_a_baseline_there_is_a_speed_up_column_with_nothing_in_it() -> None:
    assert summarised([STEADY], rounds("steady", 10, 20))["speedup_median"].isna().all()


def test_a_case_is_compared_with_its_own_baseline_only() -> None:
    cases = [
        ALONE,
        case("sequential", id="long", workers=1, arguments={"limit": 20}, baseline="long"),
        STEADY,
        case("steady", id="steady long", arguments={"limit": 20}, baseline="long"),
        case("steady", id="steady other", arguments={"limit": 30}, baseline="unmeasured"),
    ]
    times = zip((each.id for each in cases), (10, 20, 5, 5, 5), strict=True)
    table = summarised(cases, [record(name, 1, ms) for name, ms in times])
    assert table["speedup_median"].tolist() == pytest.approx([1, 1, 2, 4, math.nan], nan_ok=True)


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("status", ["skipped", "missing", "crashed", "wrong_result"])
def test_a_case_that_failed_has_its_reason_and_no_numbers(status: str, number: int) -> None:
    table = summarised([ALONE, STEADY], [*rounds("sequential", 10, 10), refusal("steady", status, number)])
    row = table.loc["steady"]
    assert (row["status"], row["reason"], row["rounds"]) == (status, "because", 0)
    numbers = [name for name in table.columns if name.endswith(("_median", "_low", "_high"))]
    assert row[numbers].isna().all()
    assert not row["certain"]


def test_a_case_that_fails_in_a_later_round_has_failed() -> None:
    row = summarised([STEADY], [*rounds("steady", 10, 10), refusal("steady", "crashed", 3)]).loc["steady"]
    assert (row["status"], row["reason"]) == ("crashed", "because")


def test_a_case_whose_turn_did_not_come_says_so() -> None:
    row = summarised([ALONE, STEADY], rounds("sequential", 10)).loc["steady"]
    assert (row["status"], row["reason"]) == ("unmeasured", "the run ended before its turn")


def test_the_workload_s_own_figures_are_estimated_too() -> None:
    records = [
        record(number=i, metrics={"lag_ns": lag}, fixture={"asked": 1}) for i, lag in enumerate((1, 9, 2), 1)
    ]
    row = summarised([STEADY], records).loc["steady"]
    assert (row["metric_lag_ns_median"], row["fixture_asked_high"]) == (2, 1)


# What the measuring itself costs.


def test_the_harness_s_share_is_what_the_measured_processes_did_not_take() -> None:
    table = collated(
        [STEADY], [record(elapsed_ms=10), record(number=2, elapsed_ms=10), refusal("steady", "timeout", 3)]
    )
    assert share_of_harness(table) == pytest.approx(1 - 30 / 40)


def test_server_and_client_are_compared_by_processor_time_a_request() -> None:
    served = {"server_cpu_ns_per_request": 45_000.0, "server_cpu_ns": 1_000_000.0}
    table = tabulate_server(collated([ALONE, STEADY], [record(fixture=served), record("sequential")]))
    assert table.to_dict("index") == {
        "steady": {"server_us": 45.0, "client_us": 900.0, "busy": pytest.approx(1 / 15), "ratio": 0.05}
    }


def test_without_a_server_there_is_nothing_to_compare() -> None:
    assert tabulate_server(collated([STEADY], [record()])).empty
