"""Judge: decide what a run of a runner is worth, by the contract; an error never looks like a fast run."""

from __future__ import annotations

import signal
from typing import NamedTuple

import msgspec

from harness.plan import Case
from harness.processes import Finished


class Report(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The one line that a runner prints."""

    workload: str
    model: str
    workers: int
    result: int
    units: int
    elapsed_ns: int
    metrics: dict[str, float]


class Verdict(NamedTuple):
    """A status of records.STATUSES, the reason unless it is `ok`, and the report if there is one."""

    status: str
    reason: str
    report: Report | None = None


def judge(case: Case, finished: Finished, exit_code: int, stdout: str, stderr: str) -> Verdict:
    """Judge one run; `exit_code` is the runner's own, 128 + n or -n where signal n ended it."""
    cause = last_line(stderr)
    if finished.error:
        return Verdict("missing", finished.error)
    if finished.timed_out:
        return Verdict("timeout", f"expected an end within {case.time_limit_s} s, got none; it was killed")
    if exit_code < 0 or exit_code - 128 in signal.valid_signals():
        name = name_signal(-exit_code if exit_code < 0 else exit_code - 128)
        return Verdict("crashed", f"ended by {name}: {cause}".removesuffix(": "))
    if exit_code != 0:
        return Verdict("failed", f"exit status {exit_code}: {cause or 'nothing on standard error'}")
    if finished.left_behind:
        return Verdict("left_behind", f"{finished.left_behind} processes still running; they were killed")
    return judge_output(case, stdout)


def judge_output(case: Case, stdout: str) -> Verdict:
    """Judge what a runner printed that ended as it should."""
    lines = stdout.splitlines()
    if not lines:
        return Verdict("silent", "expected one line on standard output, got none")
    if len(lines) > 1:
        return Verdict("chatty", f"expected one line on standard output, got {len(lines)}")
    try:
        report = msgspec.json.decode(lines[0], type=Report)
    except msgspec.DecodeError as error:
        return Verdict("malformed", f"expected the contract's JSON, got {lines[0][:80]!r}: {error}")
    said = (report.workload, report.model, report.workers)
    asked = (case.workload, case.model, case.workers)
    if said != asked:
        return Verdict("malformed", f"expected a report on {asked}, got one on {said}")
    if report.elapsed_ns <= 0:
        return Verdict("malformed", f"expected elapsed_ns above 0, got {report.elapsed_ns}")
    if report.result != case.result:
        return Verdict("wrong_result", f"expected {case.result}, got {report.result}")
    if report.units != case.units:
        return Verdict("wrong_units", f"expected {case.units} units, got {report.units}")
    return Verdict("ok", "", report)


def name_signal(number: int) -> str:
    """Name a signal; real-time signals have none but their number."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def last_line(text: str) -> str:
    """Return the last line that says something: where programs name the cause."""
    said = [line.strip() for line in text.splitlines() if line.strip()]
    noise = ("Warning: Ignoring non-zero exit code.",)  # hyperfine's
    return next((line for line in reversed(said) if line not in noise), "")
