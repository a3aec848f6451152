"""Attempt: one run of one case, with what it needs around it, judged; the same for every way of running it."""

from __future__ import annotations

import math
import signal
import time
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

import psutil

from harness.fixtures import FixtureError, Fixtures
from harness.plan.cases import Case
from harness.plan.declarations import Workload
from harness.plan.expressions import evaluate
from harness.run.contract import Verdict, judge, last_line, name_signal, tell_apart
from harness.run.processes import Finished, Supervisor
from harness.store.records import SCHEMA_VERSION, Phase, Record, clean

Figures = dict[str, int | str | None]

SHORTEST_NS = 100
"""Less than any work takes that is worth timing: to read the clock twice takes as long."""
PUNCTUAL = 0.9
"""Timers may be early by this share of a wait, no more."""


class Bench(NamedTuple):
    """What runs are made with."""

    supervisor: Supervisor
    fixtures: Fixtures
    workloads: dict[str, Workload]
    commands: dict[str, list[str]]
    """The runner of each case, from today's declarations."""
    cores: int


class Step(NamedTuple):
    """What is about to be run."""

    session: int
    round: int
    order: int
    """The place in the round, from 1."""
    case: Case
    repeat: int = 1
    phase: Phase = "time"


class Ran(NamedTuple):
    """How a program ended, whoever ran it."""

    finished: Finished
    exit_code: int
    """The runner's own: 128 + n or -n where signal n ended it."""
    figures: Figures
    """What the way of running it measured, by the names of records."""


Way = Callable[[list[str], float], Ran]
"""Runs a command within a time limit."""


class Tried(NamedTuple):
    """What became of an attempt."""

    verdict: Verdict
    figures: Figures
    seen: dict[str, float]
    """What the fixtures saw: numbers, and the declared statistics of arrays."""
    series: dict[str, list[float]]
    """The arrays of the fixtures that are kept."""


def attempt(case: Case, bench: Bench, way: Way) -> Tried:
    """Run one case once, and judge it; a fixture that fails makes it `unserved`."""
    workload = bench.workloads[case.workload]
    ended: Verdict | None = None
    try:
        with bench.fixtures.serve(case.fixtures) as served:
            command = case.build(bench.commands[case.id], served.given)
            ran = way(command, case.time_limit_s)
            stdout, stderr = bench.supervisor.read_stdout(), bench.supervisor.read_stderr()
            ended = judge_end(case, ran, stderr)
    except FixtureError as error:  # where the program failed, too, that is why
        reason = ended or Verdict("unserved", str(error))
        return Tried(reason._replace(reason=clean(reason.reason)), {}, {}, {})
    verdict = judge(case, workload, ended, stdout, bench.cores)
    verdict = judge_clock(case, workload, verdict, ran.figures, bench.cores)
    unknown = [
        name for name, value in served.seen.items() if isinstance(value, list) and name not in workload.arrays
    ]
    if unknown:
        return Tried(Verdict("unserved", f"expected numbers, got the array {unknown[0]}"), {}, {}, {})
    seen, series = tell_apart(workload.arrays, served.seen)
    if verdict.status == "ok":
        verdict = judge_concurrency(case, workload, verdict, seen)
    return Tried(verdict, ran.figures, seen, series)


def judge_end(case: Case, ran: Ran, stderr: str) -> Verdict | None:
    """Judge how a program ended; None where it ended as it should."""
    code, finished, cause = ran.exit_code, ran.finished, last_line(stderr)
    if finished.error:
        return Verdict("missing", finished.error)
    if finished.timed_out:
        return Verdict("timeout", f"expected an end within {case.time_limit_s:g} s, got none; it was killed")
    if code < 0 or code - 128 in signal.valid_signals():
        return Verdict(
            "crashed",
            f"ended by {name_signal(-code if code < 0 else code - 128)}: {cause}".removesuffix(": "),
        )
    if code != 0:
        return Verdict("failed", f"exit status {code}: {cause or 'nothing on standard error'}")
    if finished.left_behind:
        return Verdict("left_behind", f"{finished.left_behind} processes still running; they were killed")
    return None


def judge_clock(case: Case, workload: Workload, verdict: Verdict, figures: Figures, cores: int) -> Verdict:
    """Judge the program's own clock by ours: no longer than its process, no shorter than its waits or than any work."""
    wall_ns = figures.get("wall_ns")
    if verdict.good is None or not isinstance(wall_ns, int):  # nobody timed it
        return verdict
    elapsed_ns, least_ns = verdict.good.elapsed_ns, SHORTEST_NS
    if workload.checks.wait_ns:
        wait_ns = float(evaluate(workload.checks.wait_ns, case.list_values(cores)))
        turns = math.ceil(verdict.good.completed / case.workers)
        least_ns = max(least_ns, int(PUNCTUAL * wait_ns * turns))
    if elapsed_ns > wall_ns:
        return Verdict("malformed", f"elapsed {elapsed_ns} ns inside a process of {wall_ns} ns")
    if elapsed_ns < least_ns:
        return Verdict("malformed", f"expected elapsed_ns of at least {least_ns}, got {elapsed_ns}")
    return verdict


def judge_concurrency(case: Case, workload: Workload, verdict: Verdict, seen: dict[str, float]) -> Verdict:
    """Judge whether more was under way at once than the case allows, where somebody saw it."""
    if not workload.checks.in_flight:
        return verdict
    in_flight = float(evaluate(workload.checks.in_flight, {**case.arguments, **seen}))
    if in_flight > case.workers:
        return Verdict("overcommitted", f"expected at most {case.workers} in flight, got {in_flight:.0f}")
    return verdict


def record_attempt(step: Step, bench: Bench, way: Way) -> Record:
    """Make an attempt, and the record of it."""
    began_ns, started_at, swapped = time.monotonic_ns(), datetime.now(UTC), count_swapped()
    verdict, figures, seen, series = attempt(step.case, bench, way)
    good = verdict.good
    return Record(
        schema_version=SCHEMA_VERSION,
        session=step.session,
        round=step.round,
        order=step.order,
        case=step.case.id,
        repeat=step.repeat,
        phase=step.phase,
        status=verdict.status,
        reason=verdict.reason,
        started_at=started_at.isoformat(timespec="milliseconds"),
        result=good.result if good else None,
        completed=good.completed if good else None,
        elapsed_ns=good.elapsed_ns if good else None,
        metrics=good.metrics if good else {},
        series={**good.series, **series} if good else {},
        fixture=seen,
        swapped_bytes=max(0, count_swapped() - swapped),
        took_ns=time.monotonic_ns() - began_ns,
        **figures,  # type: ignore[arg-type]
    )


def count_swapped() -> int:
    """Count the bytes that the machine has moved to and from swap so far; 0 where it does not say."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # psutil's, where the system does not say
        swap = psutil.swap_memory()
    return int(swap.sin + swap.sout)
