"""contract: what a run is worth; an error never looks like a fast run."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from harness.plan.declarations import Metric
from harness.plan.quantities import OVERLAP, STATISTICS
from harness.run.attempt import Ran, judge_clock, judge_end
from harness.run.contract import Verdict, compute_overlap, compute_statistic, judge, last_line, tell_apart
from harness.run.processes import Finished
from harness.store.records import LONGEST_TEXT, STATUSES
from tests.samples import FAKES, case, workload

LINE = {
    "workload": "late",
    "model": "steady",
    "workers": 2,
    "result": 10,
    "units": 10,
    "elapsed_ns": 5,
    "metrics": {"tempo": 1},
}
GOOD = json.dumps(LINE)
DONE = Finished()
LATE = FAKES.workloads["late"]
PULSE = FAKES.workloads["pulse"]
BEATS = case("steady", workload="pulse", arguments={"beats": 10, "mode": "calm"}, result=None)


def line(**changes: object) -> str:
    return json.dumps(LINE | changes)


def without(key: str) -> str:
    return json.dumps({name: value for name, value in LINE.items() if name != key})


def decide(stdout: str, *, finished: Finished = DONE, code: int = 0, stderr: str = "") -> Verdict:
    mine = case()
    return judge(mine, LATE, judge_end(mine, Ran(finished, code, {}), stderr), stdout, 2)


@pytest.mark.parametrize(
    ("finished", "exit_code", "stdout", "stderr", "status", "reason"),
    [
        (DONE, 0, GOOD, "", "ok", ""),
        (DONE, 0, GOOD + "\n", "a warning", "ok", ""),
        (Finished(error="runner: not found"), 0, "", "", "missing", "runner: not found"),
        (
            Finished(timed_out=True, exit_code=-9),
            -9,
            GOOD,
            "",
            "timeout",
            "within 60 s, got none; it was killed",
        ),
        (DONE, -11, "", "", "crashed", "ended by SIGSEGV"),
        (DONE, 139, "", "out of stack\n", "crashed", "ended by SIGSEGV: out of stack"),
        (DONE, -40, "", "", "crashed", "ended by signal 40"),
        (DONE, 1, GOOD, "noise\ncause\n\n", "failed", "exit status 1: cause"),
        (DONE, 1, "", "cause\n  Warning: Ignoring non-zero exit code.\n", "failed", "exit status 1: cause"),
        (DONE, 2, "", "", "failed", "exit status 2: nothing on standard error"),
        (DONE, 128, "", "", "failed", "exit status 128: nothing"),
        (DONE, 255, "", "cause", "failed", "exit status 255: cause"),
        (Finished(left_behind=3), 0, GOOD, "", "left_behind", "3 processes still running; they were killed"),
        (DONE, 0, "", "", "silent", "expected one line on standard output, got none"),
        (DONE, 0, GOOD + "\n" + GOOD, "", "chatty", "expected one line on standard output, got 2"),
    ],
)
def test_a_run_is_judged_by_how_it_ended_then_by_what_it_printed(
    finished: Finished, exit_code: int, stdout: str, stderr: str, status: str, reason: str
) -> None:
    verdict = decide(stdout, finished=finished, code=exit_code, stderr=stderr)
    assert verdict.status == status
    assert status in STATUSES
    assert reason in verdict.reason
    assert (verdict.good is not None) == (status == "ok")


@pytest.mark.parametrize(
    ("stdout", "status", "reason"),
    [
        ("hello", "malformed", "expected the contract's JSON, got 'hello'"),
        ("{}", "malformed", "missing required field"),
        (without("units"), "malformed", "missing required field `units`"),
        (line(speed=3), "malformed", "unknown field `speed`"),
        (line(result="10"), "malformed", "Expected `int`, got `str`"),
        (line(workload="early"), "malformed", "one on ('early', 'steady', 2)"),
        (line(model="sequential"), "malformed", "one on ('late', 'sequential', 2)"),
        (line(workers=1), "malformed", "one on ('late', 'steady', 1)"),
        (line(elapsed_ns=0), "malformed", "expected elapsed_ns above 0, got 0"),
        *(
            (line(**{key: 2**53}), "malformed", "Expected `int` <= 9007")
            for key in ("elapsed_ns", "result", "units")
        ),
        (line(metrics={}), "malformed", "expected the metrics ['tempo'], got []"),
        (line(metrics={"tempo": 1, "a,b\n": 2}), "malformed", "expected the metrics ['tempo'], got ["),
        (
            line(metrics={f"m{i}": i for i in range(20_000)}),
            "malformed",
            "expected the metrics ['tempo'], got [",
        ),
        (line(metrics={"tempo": [1]}), "malformed", "metric tempo: expected a number"),
        (line(metrics={"tempo": math.inf}), "malformed", "expected the contract's JSON"),
        (line(metrics={"tempo": "fast"}), "malformed", "expected the contract's JSON"),
        (line(result=11), "wrong_result", "expected 10, got 11"),
        (line(units=9), "wrong_units", "expected 10 units, got 9"),
        ("\x1b[31m" + "x" * 10_000, "malformed", "expected the contract's JSON"),
        ("\udcff", "malformed", "expected the contract's JSON"),
    ],
)
def test_what_is_printed_is_what_the_contract_says(stdout: str, status: str, reason: str) -> None:
    verdict = decide(stdout)
    assert verdict.status == status
    assert reason in verdict.reason
    assert verdict.good is None
    assert len(verdict.reason) <= LONGEST_TEXT
    assert verdict.reason.isprintable()


def test_no_exit_status_but_0_is_anything_but_a_failure() -> None:
    statuses = {decide(GOOD, code=code).status for code in (*range(-64, 0), *range(1, 256))}
    assert statuses == {"failed", "crashed"}


@given(st.text())
def test_any_text_on_standard_error_becomes_one_bounded_line(text: str) -> None:
    reason = decide("", code=1, stderr=text * 100).reason
    assert not {"\x00", "\x1b", "\n", "\u2028"} & set(reason)
    assert len(reason) <= LONGEST_TEXT


def test_the_cause_is_the_last_line_that_says_something() -> None:
    assert last_line("first\n  second  \n\n") == "second"
    assert last_line("") == ""


# Arrays, and results that are not declared.


def beat(**changes: object) -> Verdict:
    metrics = {"gap_ns": [3, 1, 2], "depth": [1, 2, 6], "depth_seen": 2} | changes
    said = LINE | {"workload": "pulse", "metrics": metrics}
    return judge(BEATS, PULSE, None, json.dumps(said), 2)


def test_arrays_become_statistics_and_are_kept_where_that_is_declared() -> None:
    good = beat().good
    assert good is not None
    assert good.metrics == {
        "gap_p50_ns": 2,
        "gap_p99_ns": 3,
        "depth_mean": 3,
        "depth_max": 6,
        "depth_seen": 2,
    }
    assert good.series == {"gap_ns": [3, 1, 2]}


def test_an_empty_array_has_no_statistics() -> None:
    good = beat(gap_ns=[]).good
    assert good is not None
    assert not {"gap_p50_ns", "gap_p99_ns"} & good.metrics.keys()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"gap_ns": 3}, "metric gap_ns: expected an array"),
        ({"gap_ns": [1, None]}, "expected the contract's JSON"),
        ({"gap_ns": [[1]]}, "expected the contract's JSON"),
        ({"gap_ns": [10**400]}, "expected"),
    ],
)
def test_an_array_is_one_of_finite_numbers(change: dict[str, object], reason: str) -> None:
    verdict = beat(**change)
    assert (verdict.status, reason in verdict.reason) == ("malformed", True), verdict.reason


def test_an_array_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.run.contract.LONGEST_ARRAY", 2)
    assert beat().reason == "metric gap_ns: expected finite numbers, at most 2 of them"


@pytest.mark.parametrize(("result", "status"), [(10, "ok"), (3, "ok"), (11, "wrong_result")])
def test_where_no_result_is_declared_the_invariant_decides(result: int, status: str) -> None:
    said = LINE | {"workload": "pulse", "result": result}
    said |= {"metrics": {"gap_ns": [1], "depth": [1], "depth_seen": 0}}
    verdict = judge(BEATS, PULSE, None, json.dumps(said), 2)
    assert verdict.status == status
    assert verdict.reason.startswith(
        "" if status == "ok" else "expected result <= beats and depth_seen >= 0, got result 11"
    )


def test_an_invariant_may_speak_of_arguments_workers_and_units() -> None:
    strict = workload("late", invariant="completed == limit and workers <= cores and tempo == pace")
    assert judge(case(), strict, None, GOOD, 2).status == "ok"
    assert judge(case(), strict, None, GOOD, 1).status == "wrong_result"


def test_an_invariant_that_cannot_be_evaluated_is_said() -> None:
    verdict = judge(case(), workload("late", invariant="1 // (tempo - 1) > 0"), None, GOOD, 2)
    assert verdict.status == "malformed"
    assert "cannot be evaluated" in verdict.reason


@given(
    st.lists(st.integers(-1000, 1000), min_size=1, max_size=300),
    st.sampled_from([name for name in STATISTICS if name != OVERLAP]),
)
def test_statistics_are_values_in_between_and_percentiles_values_of_the_array(
    values: list[int], name: str
) -> None:
    found = compute_statistic(name, values)
    assert min(values) <= found <= max(values)
    if name.startswith("p"):
        share = float(f"0.{name[1:]}")
        below = sum(each < found for each in values)
        assert found in values
        assert below < share * len(values) + 1e-6 <= sum(each <= found for each in values) + 1e-3


@pytest.mark.parametrize(
    ("begins", "lengths", "percent"),
    [
        ([0], [10], 0),
        ([0, 10], [10, 10], 0),  # one after the other, without a gap
        ([0, 5], [10, 10], 100 / 3),
        ([0, 100, 5], [10, 5, 10], 25),  # what nobody is under way in does not count
        ([0, 0, 0], [8, 8, 8], 100),
        ([3, 3], [0, 0], 0),
    ],
)
def test_overlap_is_the_share_of_the_time_in_which_more_than_one_is_under_way(
    begins: list[float], lengths: list[float], percent: float
) -> None:
    assert compute_overlap(begins, lengths) == pytest.approx(percent)
    assert compute_overlap(begins[::-1], lengths[::-1]) == pytest.approx(percent)


def test_the_overlap_of_an_array_is_a_number_of_the_run() -> None:
    arrays = {
        "span_ns": Metric("how long", array=True, statistics=["p50", OVERLAP], begins="begin_ns"),
        "begin_ns": Metric("when", array=True),
    }
    numbers, _ = tell_apart(arrays, {"span_ns": [10.0, 10.0], "begin_ns": [0.0, 5.0]})
    assert numbers == {"span_p50_ns": 10, "span_overlap_percent": pytest.approx(100 / 3)}


def test_what_a_runtime_says_of_itself_is_kept_with_the_metrics() -> None:
    verdict = decide(line(facts={"lock_seen": 1}))
    assert verdict.good
    assert verdict.good.metrics == {"tempo": 1, "lock_seen": 1}


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (
            {"tempo": 1},
            "expected facts named with lower-case letters, digits and _, and as nothing else, got 'tempo'",
        ),
        ({"workers": 1}, "got 'workers'"),
        ({"A b": 1}, "got 'A b'"),
        ({f"fact_{i}": 1 for i in range(11)}, "expected at most 10 facts, finite numbers"),
        ({"lock": "on"}, "expected the contract's JSON"),
    ],
)
def test_facts_are_few_numbers_with_names_of_their_own(facts: dict[str, object], reason: str) -> None:
    verdict = decide(line(facts=facts))
    assert verdict.status == "malformed"
    assert reason in verdict.reason


@pytest.mark.parametrize(
    ("name", "value"), [("p50", 50), ("p90", 90), ("p99", 99), ("p999", 100), ("mean", 50.5)]
)
def test_percentiles_go_by_nearest_rank(name: str, value: float) -> None:
    assert compute_statistic(name, np.arange(1, 101).tolist()) == value


@pytest.mark.parametrize(
    ("elapsed_ns", "wall_ns", "wait_ns", "reason"),
    [
        (20_000_000, 21_000_000, "", ""),
        (22_000_000, 21_000_000, "", "elapsed 22000000 ns inside a process of 21000000 ns"),
        (1, 20_000_000, "", "expected elapsed_ns of at least 100, got 1"),
        (1, None, "", ""),
        # 10 units on 2 workers wait 5 times, one after another
        (26_000_000, 30_000_000, "5_000_000", ""),
        (22_000_000, 30_000_000, "5_000_000", "expected elapsed_ns of at least 22500000, got 22000000"),
        (22_000_000, 30_000_000, "limit * 500_000", "expected elapsed_ns of at least 22500000, got 22000000"),
    ],
)
def test_the_clock_outside_bounds_the_one_inside(
    elapsed_ns: int, wall_ns: int | None, wait_ns: str, reason: str
) -> None:
    mine = case()
    waits = replace(LATE, checks=replace(LATE.checks, wait_ns=wait_ns))
    said = judge(mine, LATE, None, line(elapsed_ns=elapsed_ns), 2)
    verdict = judge_clock(mine, waits, said, {"wall_ns": wall_ns}, 2)
    assert (verdict.status, verdict.reason) == ("malformed" if reason else "ok", reason)
