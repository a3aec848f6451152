"""Rounds: every case once a round, in random order, through hyperfine; a record a run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from harness.machine.native import is_built
from harness.machine.probe import PROGRAM, Prober
from harness.run.attempt import Bench, Step, Way, record_attempt
from harness.run.schedule import History, Schedule
from harness.store.folder import Plan, StudyFolder
from harness.store.records import SCHEMA_VERSION, Look, Record

LOOK_EVERY_S = 1.0


class Seen(NamedTuple):
    """Where a study is, for whoever shows the progress."""

    study: str
    step: Step
    size: int
    """How many runs the round has."""
    spent_s: float
    """Measuring time spent on the study so far."""
    budget_s: float
    """Its share of the measuring time."""


Progress = Callable[[Seen], None]


class Watch:
    """Looks at the machine between runs, now and then, and keeps what it saw."""

    def __init__(self, folder: StudyFolder, bench: Bench) -> None:
        self._folder = folder
        self._prober = Prober(bench.supervisor) if is_built(PROGRAM) else None
        self._last_s = -LOOK_EVERY_S

    def look(self, step: Step) -> None:
        """Probe the machine, unless that was done a moment ago."""
        began_s = time.monotonic()
        if self._prober is None or began_s - self._last_s < LOOK_EVERY_S:
            return
        found = self._prober.take()
        self._last_s = time.monotonic()
        look = Look(
            schema_version=SCHEMA_VERSION,
            session=step.session,
            round=step.round,
            order=step.order,
            elapsed_ns=found.elapsed_ns,
            steal_ns=max(0, found.steal_ns or 0),
            took_ns=round((self._last_s - began_s) * 1e9),
        )
        self._folder.probes.append(look)


class Rounds:
    """The timed rounds of one session of a study; goes on where the journal ends."""

    def __init__(self, folder: StudyFolder, plan: Plan, bench: Bench, way: Way) -> None:
        session = folder.open_session(plan)
        self._folder, self._plan, self._bench, self._way = folder, plan, bench, way
        self._session = session
        self._schedule = Schedule(plan, bench.workloads, session.seed, session.budget_s)
        self.history = History(plan, bench.workloads)
        self._other_ns = 0
        """What the session spent on its other phase."""
        self._recorded: dict[tuple[int, str, int], Record] = {}
        for record in folder.read_records(plan):
            if record.session == session.number and record.round:
                if record.phase == "time":
                    self._recorded[record.round, record.case, record.repeat] = record
                else:
                    self._other_ns += record.took_ns
        self._next = 1

    def spend(self, took_ns: int) -> None:
        """Count what another phase of the session took."""
        self._other_ns += took_ns

    def run(self, last: int, progress: Progress) -> None:
        """Run rounds up to a number, or until every case is known well enough, or the budget is spent."""
        watch = Watch(self._folder, self._bench)
        while self._next <= last:
            chosen = self._schedule.choose(self._next, self.history)
            if not chosen:
                return
            steps = self._schedule.order(chosen, self._session.number, self._next)
            for step in self._list_missing(steps):
                spent_s = (self.history.spent_ns + self._other_ns) / 1e9
                progress(Seen(self._folder.name, step, len(steps), spent_s, self._session.budget_s))
                watch.look(step)
                record = record_attempt(step, self._bench, self._way)
                self._folder.journal.append(record)
                self.history.add(record)
            self._next += 1

    def _list_missing(self, steps: list[Step]) -> Iterator[Step]:
        """List what is not recorded yet of a round, and fits into the budget; the first round is whole."""
        for step in steps:
            record = self._recorded.get((step.round, step.case.id, step.repeat))
            if record is not None:
                self.history.add(record)
                continue
            predicted_ns = self.history.paces[step.case.id].each_ns
            spent_ns = self.history.spent_ns + self._other_ns
            if step.round > 1 and spent_ns + predicted_ns > self._session.budget_s * 1e9:
                continue  # a shorter one may still fit
            if step.case.id not in self.history.failed:
                yield step
