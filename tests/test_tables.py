"""collate: records become runs.csv and series.csv; every quantity of a run is a column under its declared name."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from harness import pipeline
from harness.errors import HarnessError
from harness.plan.check_workloads import list_quantities
from harness.store.collate import list_series
from harness.store.records import SCHEMA_VERSION, Record
from tests.samples import FAKES, MS, case, collated, look, plan, record, workload, write_run

ALONE = case("sequential", workers=1)
STEADY = case("steady")
PULSE = case(id="pulse", workload="pulse", arguments={"beats": 10, "mode": "calm"}, result=None)
BEATS = {"gap_p50_ns": 4.0, "gap_p99_ns": 10.0, "depth_mean": 1.0, "depth_max": 2.0, "depth_seen": 3.0}


def refusal(name: str, status: str, number: int = 0) -> Record:
    return Record(
        schema_version=SCHEMA_VERSION,
        session=1,
        case=name,
        round=number,
        order=1,
        status=status,
        reason="because",
        took_ns=20 * MS,
    )


# runs.csv


def test_there_is_a_row_a_run_in_the_order_they_were_made() -> None:
    table = collated([ALONE, STEADY], [record("steady", 1), record("sequential", 1), record("steady", 2)])
    assert list(table["case"]) == ["steady", "sequential", "steady"]
    assert list(table["round"]) == [1, 1, 2]


def test_a_row_says_what_was_run_and_what_came_of_it() -> None:
    made = record(metrics={"tempo": 7.0}, fixture={"server_requests": 3.0}, session=2, repeat=3)
    (row,) = collated([STEADY], [made]).to_dict("records")
    expected = {
        "workload": "late",
        "language": "fake",
        "model": "steady",
        "runtime": "fake-1",
        "workers": 2,
        "copy": 1,
        "limit": 10,
        "pace": 1,
        "session": 2,
        "round": 1,
        "repeat": 3,
        "phase": "time",
        "status": "ok",
        "elapsed_ns": 10 * MS,
        "wall_ns": 15 * MS,
        "tempo": 7.0,
        "server_requests": 3.0,
    }
    assert row | expected == row


def test_every_run_has_the_quantities_that_follow_from_the_clocks() -> None:
    made = record(phase="memory", peak_bytes=9, idle_bytes=4)
    (row,) = collated([STEADY], [made]).to_dict("records")
    assert row["startup_ns"] == 5 * MS
    assert row["throughput_per_s"] == pytest.approx(10 / 0.010)
    assert row["cores_used"] == pytest.approx(9 / 15)
    assert row["cpu_ns_per_unit"] == pytest.approx(9 * MS / 10)
    assert row["work_bytes"] == 5


def test_a_declared_quantity_is_computed_from_the_others() -> None:
    declared = workload(
        "pulse", quantities={"gap_spread": "gap_p99_ns / gap_p50_ns", "twice": "gap_spread * 2 * workers"}
    )
    table = collated(
        [PULSE, STEADY],
        [record("pulse", metrics=BEATS), record("steady")],
        {**FAKES.workloads, "pulse": declared},
    )
    assert table["gap_spread"].tolist() == [2.5, pytest.approx(float("nan"), nan_ok=True)]
    assert table["twice"].iloc[0] == 10.0


def test_a_declared_quantity_that_cannot_be_divided_is_empty() -> None:
    table = collated(
        [PULSE],
        [
            record("pulse", metrics={**BEATS, "gap_p50_ns": 0.0, "gap_p99_ns": 0.0}),
            refusal("pulse", "failed", 2),
        ],
    )
    assert table["gap_spread"].isna().all()


def test_a_declared_quantity_of_what_no_run_has_is_empty() -> None:
    assert collated([PULSE], [record("pulse")])["gap_spread"].isna().all()


def test_a_declared_quantity_that_cannot_be_read_names_workload_and_quantity() -> None:
    """A run folder may keep what is none."""
    declared = {"pulse": workload("pulse", quantities={"gap_spread": "workers +"})}
    with pytest.raises(
        HarnessError, match=r"^workload pulse, quantity gap_spread: expected an expression such"
    ):
        collated([PULSE], [record("pulse", metrics=BEATS)], declared)


def test_every_quantity_that_a_workload_may_be_asked_for_is_a_column() -> None:
    """A chart, a fit or a check that is declared finds its column."""
    made = record("pulse", metrics=BEATS, fixture={"shelf_files": 10.0}, peak_bytes=9, idle_bytes=4)
    table = collated([PULSE], [made])
    names = set(list_quantities(FAKES.workloads["pulse"])) - {"spare"}  # what another language has
    assert names <= set(table.columns)
    assert table.columns.is_unique


@pytest.mark.parametrize("status", ["skipped", "missing", "wrong_result", "timeout"])
def test_what_was_not_run_or_failed_is_a_row_without_numbers(status: str) -> None:
    table = collated([ALONE, STEADY], [record("sequential"), refusal("steady", status)])
    row = table[table["case"] == "steady"].iloc[0]
    assert (row["status"], row["reason"], row["model"]) == (status, "because", "steady")
    assert row[["elapsed_ns", "wall_ns", "startup_ns", "user_ns", "result", "throughput_per_s"]].isna().all()


def test_metrics_that_one_case_has_are_empty_for_the_others() -> None:
    table = collated([ALONE, STEADY], [record("steady", metrics={"tempo": 7.0}), record("sequential")])
    assert table["tempo"].isna().tolist() == [False, True]


def test_arguments_that_one_workload_has_are_empty_for_the_others() -> None:
    table = collated([STEADY, PULSE], [record("steady"), record("pulse", metrics=BEATS)])
    assert table["beats"].isna().tolist() == [True, False]
    assert table["mode"].isna().tolist() == [True, False]


def test_a_result_of_any_sign_is_kept_whole() -> None:
    results = [-18_917_917, 2**53 - 1, 0]
    table = collated(
        [case(result=None)], [record(number=i, result=each) for i, each in enumerate(results, 1)]
    )
    assert table["result"].tolist() == results


def test_no_records_are_a_table_without_rows() -> None:
    table = collated([STEADY], [])
    assert table.empty
    assert {"case", "status", "elapsed_ns", "startup_ns"} <= set(table.columns)


# series.csv


def test_kept_arrays_become_a_row_a_value() -> None:
    made = [
        record(series={"gap_ns": [3.0, 1.0], "depth": [7.0]}),
        record(number=2, repeat=2, session=2, series={"gap_ns": [5.0]}),
    ]
    table = list_series(made)
    assert list(table.columns) == ["case", "session", "round", "repeat", "name", "index", "value"]
    assert table.to_numpy().tolist() == [
        ["steady", 1, 1, 1, "gap_ns", 0, 3.0],
        ["steady", 1, 1, 1, "gap_ns", 1, 1.0],
        ["steady", 1, 1, 1, "depth", 0, 7.0],
        ["steady", 2, 2, 2, "gap_ns", 0, 5.0],
    ]


@pytest.mark.parametrize("series", [{}, {"gap_ns": []}])
def test_without_arrays_there_is_a_table_with_its_head(series: dict[str, list[float]]) -> None:
    table = list_series([record(series=series)])
    assert list(table.columns) == ["case", "session", "round", "repeat", "name", "index", "value"]
    assert table["value"].dropna().empty


# As files.


def test_tables_are_written_and_read_as_they_are(tmp_path: Path) -> None:
    cases = [STEADY, PULSE]
    made = [
        record("steady"),
        record("pulse", metrics=BEATS, series={"gap_ns": [1.0, 2.5]}, fixture={"shelf_files": 10.0}),
        refusal("steady", "failed", 2),
    ]
    run = write_run(tmp_path / "run", {"pulse": (plan(cases), made)})
    folder = run.study("pulse")
    for each in (look(1, 1), look(1, 2, 11.0, steal_ns=3)):
        folder.probes.append(each)
    pipeline.write_runs(run)
    runs = folder.read_table("runs.csv", "collate")
    assert runs["elapsed_ns"].tolist()[:2] == [10 * MS, 10 * MS]
    assert runs["reason"].tolist()[2] == "because"
    assert runs["mode"].fillna("").tolist() == ["", "calm", ""]
    assert folder.read_table("series.csv", "collate")["value"].tolist() == [1.0, 2.5]
    assert folder.read_table("probes.csv", "collate")["steal_ns"].tolist() == [0, 3]


def test_the_same_records_give_the_same_bytes(tmp_path: Path) -> None:
    made = [record(number=number, elapsed_ms=number / 3) for number in range(1, 9)]
    texts = []
    for name in ("one", "two"):
        run = write_run(tmp_path / name, {"late": (plan([STEADY]), made)})
        pipeline.write_runs(run)
        pipeline.write_summary(run)
        texts.append([(path.name, path.read_bytes()) for path in sorted((run.path / "late").glob("*.csv"))])
    assert texts[0] == texts[1]
    assert [name for name, _ in texts[0]] == [
        "comparisons.csv",
        "fits.csv",
        "marks.csv",
        "probes.csv",
        "runs.csv",
        "series.csv",
        "summary.csv",
    ]


def test_a_reason_with_commas_quotes_and_umlauts_comes_back(tmp_path: Path) -> None:
    reason = 'cause: "größer", 3 < 4'
    made = [record(status="failed", reason=reason)]
    run = write_run(tmp_path / "run", {"late": (plan([STEADY]), made)})
    pipeline.write_runs(run)
    assert run.study("late").read_table("runs.csv", "collate")["reason"].tolist() == [reason]
    assert isinstance(pd.read_csv(run.path / "late" / "runs.csv"), pd.DataFrame)
