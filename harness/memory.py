"""Memory: a pass of its own after the rounds: the most that each case had in memory, and an idle one has.

Nothing but the supervisor stands between the harness and the program, and nothing is timed: what a record
of this pass says of time is left out of every statistic.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from harness.declare import Declarations
from harness.gauges import Gauge, choose_gauge
from harness.judge import Verdict, judge
from harness.measure import Attempt, Clock, Step
from harness.plan import Case
from harness.records import Journal, Record
from harness.schedule import History, shuffle

PHASE = "memory"
IDLE_RUNS = 3


class Weighed(NamedTuple):
    """What one run gave."""

    verdict: Verdict
    peak_bytes: int | None
    """None where the run is not `ok`, or was too short to tell."""
    fixture: dict[str, float]


def weigh(
    cases: Sequence[Case],
    declarations: Declarations,
    seed: int,
    journal: Journal,
    clock: Clock,
    progress: Callable[[Step], None],
    source: str = "",
) -> None:
    """Run every case as often as its studies ask for; go on where the journal ends.

    One gauge watches all of it: that of `source`, else of the records that are there, else the best that
    works. Raises HarnessError if it does not work.
    """
    if not any(case.memory_rounds for case in cases if case.status == "planned"):
        return
    records = journal.read()
    used = next((record.memory_source for record in records if record.phase == PHASE), "")
    gauge = choose_gauge(clock.supervisor, source or used)
    idle = Idle(declarations, clock, gauge)
    history = History(records, PHASE)
    for step in list_steps(cases, seed, records, history):
        progress(step)
        record = weigh_once(step, clock, gauge, idle)
        journal.append(record)
        records.append(record)
        history.add(record)


def list_steps(cases: Sequence[Case], seed: int, records: list[Record], history: History) -> Iterator[Step]:
    """List what is to be run, round after round; `records` and `history` grow meanwhile."""
    timed = History(records)
    alive = [case for case in cases if case.status == "planned" and case.id not in timed.failed]
    for number in range(1, max((case.memory_rounds for case in alive), default=0) + 1):
        failed = history.before(number, records).failed
        chosen = [case for case in alive if case.memory_rounds >= number and case.id not in failed]
        chosen = shuffle(chosen, seed, number)
        for order, case in enumerate(chosen, 1):
            if (number, case.id) in history.done:
                continue
            runs = {each.id: each.memory_rounds - number + (i >= order) for i, each in enumerate(chosen, 1)}
            left_ns = predict_left_ns(runs, history.took_ns, timed.took_ns)
            yield Step(number, order, len(chosen), case, history.spent_ns, left_ns, PHASE)


def predict_left_ns(runs: Mapping[str, int], *tooks: Mapping[str, Sequence[int]]) -> float:
    """Predict how long so many runs of cases take, by what they took here, else under the clock.

    Infinite where a case has not been run at all.
    """
    left_ns = 0.0
    for case, count in runs.items():
        took = next((took[case] for took in tooks if case in took), [math.inf])
        left_ns += count * statistics.mean(took) if count else 0.0
    return left_ns


def weigh_once(step: Step, clock: Clock, gauge: Gauge, idle: Idle) -> Record:
    """Run one case once and record what became of it."""
    idle_bytes = idle.find(step.case)
    attempt = Attempt(step)
    verdict, peak_bytes, seen = run(step.case, clock, gauge)
    return attempt.record(
        verdict,
        seen,
        peak_bytes=peak_bytes,
        idle_bytes=idle_bytes if verdict.report else None,
        memory_source=gauge.source,
    )


def run(case: Case, clock: Clock, gauge: Gauge) -> Weighed:
    """Run one case under the gauge, with its fixtures, and judge it as in the rounds."""
    with clock.fixtures.serve(case.fixtures) as served:
        finished, peak_bytes = gauge.run(clock.supervisor, case.build(served.addresses), case.time_limit_s)
    stdout, stderr = clock.supervisor.read_stdout(), clock.supervisor.read_stderr()
    verdict = judge(case, finished, finished.exit_code, stdout, stderr)
    return Weighed(verdict, peak_bytes if verdict.report else None, served.seen)


class Idle:
    """What each runtime has in memory with next to no work: measured in this pass, when first asked for.

    The work is the workload's first vector, on one worker, done by the language's baseline; where there is
    no such program, by the case's own model.
    """

    def __init__(self, declarations: Declarations, clock: Clock, gauge: Gauge) -> None:
        self._declarations = declarations
        self._clock = clock
        self._gauge = gauge
        self._known: dict[tuple[str, str, str, str], int | None] = {}

    def find(self, case: Case) -> int | None:
        """Return the median of three runs, in bytes; None where none of the programs does that work."""
        baseline = self._declarations.languages[case.language].baseline
        for model in dict.fromkeys((baseline, case.model)):
            key = (case.workload, case.language, case.runtime, model)
            if key not in self._known:
                self._known[key] = self._measure(self._shrink(case, model))
            if self._known[key] is not None:
                return self._known[key]
        return None

    def _shrink(self, case: Case, model: str) -> Case:
        """Make the case with the least work that a model has in the same workload."""
        workload = self._declarations.workloads[case.workload]
        defaults = {
            name: argument.default
            for name, argument in workload.arguments.items()
            if argument.default is not None
        }
        vector = workload.vectors[0]
        return replace(
            case,
            model=model,
            workers=1,
            arguments={**case.arguments, **defaults, **vector.arguments},
            result=vector.result,
            units=vector.units,
        )

    def _measure(self, case: Case) -> int | None:
        """Run it three times, once if it fails; None if it does, or is always too short to tell."""
        peaks = []
        for _ in range(IDLE_RUNS):
            verdict, peak_bytes, _ = run(case, self._clock, self._gauge)
            if verdict.status != "ok":
                return None
            peaks.extend([] if peak_bytes is None else [peak_bytes])
        return int(statistics.median(peaks)) if peaks else None
