"""Measure: run every case once a round, in random order, through hyperfine; a record a run."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import psutil
from msgspec.structs import replace

from harness.errors import HarnessError
from harness.fixtures import Fixtures
from harness.hyperfine import Hyperfine, Timing
from harness.judge import Verdict, judge
from harness.plan import Case
from harness.processes import Finished, Supervisor
from harness.records import Journal, Record
from harness.schedule import Effort, History, choose, shuffle


class Step(NamedTuple):
    """What is about to be run, for whoever shows the progress."""

    round: int
    order: int
    """The place in the round, from 1."""
    size: int
    """How many cases the round has."""
    case: Case
    spent_ns: int
    """Measuring time spent so far."""
    left_ns: float
    """At most so much is left, as far as earlier runs tell; infinite in the first round."""
    phase: str = "time"
    """As in the records."""


class Clock(NamedTuple):
    """What a run is measured with."""

    supervisor: Supervisor
    fixtures: Fixtures
    hyperfine: str = "hyperfine"


def measure(
    cases: Sequence[Case],
    effort: Effort,
    seed: int,
    journal: Journal,
    clock: Clock,
    progress: Callable[[Step], None],
) -> None:
    """Run rounds until every case is certain, or the budget is spent; go on where the journal ends."""
    records = journal.read()
    history = History(records)
    for step in list_steps(cases, effort, seed, records, history):
        progress(step)
        record = run_once(step, clock)
        journal.append(record)
        records.append(record)
        history.add(record)


def list_steps(
    cases: Sequence[Case], effort: Effort, seed: int, records: list[Record], history: History
) -> Iterator[Step]:
    """List what is to be run, round after round; `records` and `history` grow meanwhile."""
    for number in range(1, effort.ceiling + 1):
        chosen = choose(cases, number, history.before(number, records), effort)
        if not chosen:
            return
        chosen = shuffle(chosen, seed, number)
        for order, case in enumerate(chosen, 1):
            if (number, case.id) in history.done:
                continue
            if number > 1 and history.spent_ns + history.predict_ns(case) > effort.budget_s * 1e9:
                continue  # a shorter one may still fit
            left_ns = predict_left_ns(chosen[order - 1 :], effort.ceiling - number, history)
            yield Step(number, order, len(chosen), case, history.spent_ns, left_ns)


def predict_left_ns(rest: Sequence[Case], rounds: int, history: History) -> float:
    """Predict how long the rest of this round and all rounds that may follow would take."""
    if len(history.took_ns) < len(rest):
        return math.inf
    each_ns = sum(sum(took) / len(took) for took in history.took_ns.values())
    return sum(history.predict_ns(case) for case in rest) + rounds * each_ns


def run_once(step: Step, clock: Clock) -> Record:
    """Run one case once and record what became of it."""
    attempt = Attempt(step)
    with clock.fixtures.serve(step.case.fixtures) as served:
        finished, timing, verdict = time_case(step.case, served.addresses, clock)
    return attempt.record(
        verdict,
        served.seen,
        wall_ns=timing.wall_ns if timing else None,
        user_ns=timing.user_ns if timing else None,
        system_ns=timing.system_ns if timing else None,
        voluntary_switches=finished.voluntary_switches,
        involuntary_switches=finished.involuntary_switches,
    )


class Attempt:
    """A run that is being made: it remembers what was before, to say at the end what the run took."""

    def __init__(self, step: Step) -> None:
        self._step = step
        self._began_ns = time.monotonic_ns()
        self._started_at = datetime.now(UTC).isoformat(timespec="milliseconds")
        self._swapped = count_swapped()

    def record(self, verdict: Verdict, seen: dict[str, float], **figures: int | str | None) -> Record:
        """Make the record: what every run has, what the fixtures saw, and figures by their names."""
        report = verdict.report
        record = Record(
            case=self._step.case.id,
            round=self._step.round,
            order=self._step.order,
            phase=self._step.phase,
            status=verdict.status,
            reason=verdict.reason,
            started_at=self._started_at,
            result=report.result if report else None,
            units=report.units if report else None,
            elapsed_ns=report.elapsed_ns if report else None,
            swapped_bytes=count_swapped() - self._swapped,
            metrics=report.metrics if report else {},
            fixture=seen,
            took_ns=time.monotonic_ns() - self._began_ns,
        )
        return replace(record, **figures)


def count_swapped() -> int:
    """Count the bytes that the machine has moved to and from swap so far; 0 where it does not say."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # psutil's, where the system does not say
        swap = psutil.swap_memory()
    return int(swap.sin + swap.sout)


def time_case(case: Case, addresses: dict[str, str], clock: Clock) -> tuple[Finished, Timing | None, Verdict]:
    """Run one case under hyperfine; there is no timing where it had to be killed.

    Raises HarnessError if it is hyperfine itself that failed.
    """
    supervisor = clock.supervisor
    hyperfine = Hyperfine(case.build(addresses), supervisor.folder / "hyperfine.json", clock.hyperfine)
    hyperfine.export.unlink(missing_ok=True)
    finished = supervisor.run(hyperfine.build(), case.time_limit_s)
    stderr = supervisor.read_stderr()
    if finished.error:
        raise HarnessError(f"{finished.error}: run 'make doctor'")
    timing = None
    if not finished.timed_out:
        if finished.exit_code:  # hyperfine's own: the command's is in its figures
            return finished, None, Verdict("failed", f"hyperfine could not run it: {stderr.strip()}")
        timing = hyperfine.read()
    code = timing.exit_code if timing else finished.exit_code
    verdict = judge(case, finished, code, supervisor.read_stdout(), stderr)
    if timing and verdict.report and verdict.report.elapsed_ns > timing.wall_ns:
        reason = f"elapsed {verdict.report.elapsed_ns} ns inside a process of {timing.wall_ns} ns"
        return finished, timing, Verdict("malformed", reason)
    return finished, timing, verdict
