"""judge: what a run is worth; an error never looks like a fast run."""

from __future__ import annotations

import json

import pytest

from harness.judge import judge
from harness.processes import Finished
from harness.records import STATUSES
from tests.samples import case

LINE = {
    "workload": "late",
    "model": "steady",
    "workers": 2,
    "result": 10,
    "units": 10,
    "elapsed_ns": 5,
    "metrics": {"lag_ns": 1},
}
GOOD = json.dumps(LINE)
DONE = Finished()


def line(**changes: object) -> str:
    return json.dumps(LINE | changes)


def without(key: str) -> str:
    return json.dumps({name: value for name, value in LINE.items() if name != key})


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
            "within 60.0 s, got none; it was killed",
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
        (DONE, 0, "hello", "", "malformed", "expected the contract's JSON, got 'hello'"),
        (DONE, 0, "{}", "", "malformed", "missing required field"),
        (DONE, 0, without("units"), "", "malformed", "missing required field `units`"),
        (DONE, 0, line(speed=3), "", "malformed", "unknown field `speed`"),
        (DONE, 0, line(result="10"), "", "malformed", "Expected `int`, got `str`"),
        (DONE, 0, line(workload="early"), "", "malformed", "one on ('early', 'steady', 2)"),
        (DONE, 0, line(model="sequential"), "", "malformed", "one on ('late', 'sequential', 2)"),
        (DONE, 0, line(workers=1), "", "malformed", "one on ('late', 'steady', 1)"),
        (DONE, 0, line(elapsed_ns=0), "", "malformed", "expected elapsed_ns above 0, got 0"),
        (DONE, 0, line(result=11), "", "wrong_result", "expected 10, got 11"),
        (DONE, 0, line(units=9), "", "wrong_units", "expected 10 units, got 9"),
    ],
)
def test_a_run_has_a_status_and_a_reason(
    finished: Finished, exit_code: int, stdout: str, stderr: str, status: str, reason: str
) -> None:
    verdict = judge(case(), finished, exit_code, stdout, stderr)
    assert verdict.status == status
    assert status in STATUSES
    assert reason in verdict.reason
    assert (verdict.report is not None) == (status == "ok")


def test_no_exit_status_but_0_is_anything_but_a_failure() -> None:
    statuses = {judge(case(), DONE, code, GOOD, "").status for code in (*range(-64, 0), *range(1, 256))}
    assert statuses == {"failed", "crashed"}
