"""Memory: a pass of its own: the most that each case had in memory, and what the same model has with no work.

Nothing but the supervisor stands between the harness and the program, and nothing is timed: what a record
of this pass says of time is left out of every statistic.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable

from msgspec.structs import replace

from harness.plan.cases import Case, expect
from harness.run.attempt import Bench, Ran, Step, attempt, record_attempt
from harness.run.gauges import Gauge, choose_gauge
from harness.run.rounds import Progress, Seen
from harness.store.folder import Plan, StudyFolder
from harness.store.records import Record

IDLE_RUNS = 3


def weigh(
    folder: StudyFolder,
    plan: Plan,
    rounds: int,
    bench: Bench,
    progress: Progress,
    spend: Callable[[int], None],
) -> None:
    """Run every case so many times under a gauge; go on where the journal ends.

    One gauge watches all of a study: that of the records that are there, else the best that works. Raises
    HarnessError if it does not work. A case that fails here keeps the times that it has.
    """
    session = folder.open_session(plan)
    records = [each for each in folder.read_records(plan) if each.session == session.number]
    weighed = [record for record in records if record.phase == "memory"]
    failed = {record.case for record in records if record.status != "ok"}
    done = {(record.round, record.case) for record in weighed}
    gauge = choose_gauge(bench.supervisor, next((each.memory_source for each in weighed), ""))
    idle = Idle(bench, gauge)
    spent_ns = sum(record.took_ns for record in records)
    for number in range(1, rounds + 1):
        cases = [case for case in plan.cases if case.status == "planned"]
        random.Random(f"memory/{session.seed}/{number}").shuffle(cases)
        for order, case in enumerate(cases, 1):
            if (number, case.id) in done or case.id in failed:
                continue
            step = Step(session.number, number, order, case, phase="memory")
            progress(Seen(folder.name, step, len(cases), spent_ns / 1e9, session.budget_s))
            record = weigh_once(step, bench, gauge, idle)
            folder.journal.append(record)
            spent_ns += record.took_ns
            spend(record.took_ns)
            failed |= {case.id} if record.status != "ok" else set()


def weigh_once(step: Step, bench: Bench, gauge: Gauge, idle: Idle) -> Record:
    """Run one case once and record what it had in memory."""
    idle_bytes = idle.find(step.case)
    record = record_attempt(step, bench, lambda command, limit: run_gauged(command, limit, bench, gauge))
    good = record.status == "ok"
    return replace(
        record,
        peak_bytes=record.peak_bytes if good else None,
        idle_bytes=idle_bytes if good else None,
        memory_source=gauge.source,
    )


def run_gauged(command: list[str], time_limit_s: float, bench: Bench, gauge: Gauge) -> Ran:
    """Run a command under the gauge."""
    finished, peak_bytes = gauge.run(bench.supervisor, command, time_limit_s)
    return Ran(finished, finished.exit_code, {"peak_bytes": peak_bytes})


class Idle:
    """What each implementation has in memory on one worker with next to no work: the workload's first vector."""

    def __init__(self, bench: Bench, gauge: Gauge) -> None:
        self._bench = bench
        self._gauge = gauge
        self._known: dict[str, int | None] = {}

    def find(self, case: Case) -> int | None:
        """Return the median of three runs, in bytes; None where it fails, or is too short to tell."""
        if case.implementation not in self._known:
            self._known[case.implementation] = self._measure(case)
        return self._known[case.implementation]

    def _run(self, command: list[str], time_limit_s: float) -> Ran:
        """Run a command under the gauge."""
        return run_gauged(command, time_limit_s, self._bench, self._gauge)

    def _measure(self, case: Case) -> int | None:
        """Run the least work that there is, three times; once if it fails."""
        workload = self._bench.workloads[case.workload]
        vector = workload.vectors[0]
        least = replace(case, workers=1, arguments={**case.arguments, **vector.arguments})
        least = expect(least, workload, vector, self._bench.cores)
        peaks: list[int] = []
        for _ in range(IDLE_RUNS):
            tried = attempt(least, self._bench, self._run)
            if tried.verdict.status != "ok":
                return None
            peak = tried.figures["peak_bytes"]
            peaks += [peak] if isinstance(peak, int) else []
        return int(statistics.median(peaks)) if peaks else None
