"""Schedule: which cases the next round has, in what order; a function of the seed and the records only."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence

from harness.estimates import Run, decide, estimate, pair_round
from harness.plan.cases import Case
from harness.plan.declarations import Workload
from harness.plan.quantities import ELAPSED
from harness.run.attempt import Step
from harness.store.folder import Effort, Plan
from harness.store.records import Phase, Record

PER_BASELINE = 4
"""So many cases stand at most between two runs of what they are compared with."""


class Pace:
    """How long the runs of a case take."""

    def __init__(self) -> None:
        self.took_ns = 0
        self.runs = 0

    def add(self, took_ns: int) -> None:
        """Take one more run into account."""
        self.took_ns += took_ns
        self.runs += 1

    @property
    def each_ns(self) -> float:
        """Predict the next one: as long as the others on average; 0 where nothing is known."""
        return self.took_ns / self.runs if self.runs else 0.0


class History:
    """What has been measured so far in one phase of a session; grows by a record at a time."""

    def __init__(self, plan: Plan, workloads: Mapping[str, Workload], phase: Phase = "time") -> None:
        self.phase = phase
        self.spent_ns = 0
        self.failed: set[str] = set()
        self.paces = {case.id: Pace() for case in plan.cases}
        self.values: dict[str, dict[int, list[Run]]] = {case.id: {} for case in plan.cases}
        """The judged quantity by case and round, each value with its place in the round."""
        self._judged = {case.id: workloads[case.workload].judged.quantity for case in plan.cases}

    def add(self, record: Record) -> None:
        """Take one more record into account."""
        self.spent_ns += record.took_ns
        self.paces[record.case].add(record.took_ns)
        if record.status != "ok":
            self.failed.add(record.case)
            return
        value = self.read(record)
        if value is not None and value > 0:
            self.values[record.case].setdefault(record.round, []).append((record.order, value))

    def read(self, record: Record) -> float | None:
        """Read the judged quantity from a record; None where only tables can tell it."""
        name = self._judged[record.case]
        own: Mapping[str, float] = {**record.fixture, **record.metrics}
        return own.get(name, getattr(record, name, record.elapsed_ns if name == ELAPSED else None))

    def list_values(self, case: str) -> list[float]:
        """List all values of a case."""
        return [value for runs in self.values[case].values() for _, value in runs]

    def find_width(self, case: str, others: Mapping[str, int]) -> float:
        """Return the widest of a case's intervals, as a share: that of its value, or of a ratio to another.

        `others` are what it is compared with, each with the size of its family.
        """
        values = self.list_values(case)
        width = estimate(values).relative_width if values else math.inf
        for other, family in others.items():
            both = self.values[case].keys() & self.values[other].keys()
            pairs = [pair_round(self.values[case][i], self.values[other][i]) for i in both]
            ratio = decide(pairs, family) if pairs else None
            width = max(width, math.inf if ratio is None else ratio.relative_width)
        return width


class Schedule:
    """The rounds of one study, in one session."""

    def __init__(self, plan: Plan, workloads: Mapping[str, Workload], seed: int, budget_s: float) -> None:
        self.cases = {case.id: case for case in plan.cases}
        self.effort: Effort = plan.effort
        self.seed = seed
        self.budget_ns = budget_s * 1e9
        self._precision = {
            case.id: plan.effort.precision[workloads[case.workload].kind] for case in plan.cases
        }
        sizes: dict[str, int] = {}
        for each in plan.comparisons:
            sizes[each.against] = sizes.get(each.against, 0) + 1
        self.others: dict[str, dict[str, int]] = {case.id: {} for case in plan.cases}
        for each in plan.comparisons:
            self.others[each.case][each.against] = sizes[each.against]

    def choose(self, number: int, history: History) -> list[Case]:
        """Choose the cases of a round: all up to the floor, then those that are not known well enough yet.

        Where the budget does not pay for all of those, the least certain ones get it, each with what it is
        compared with: a ratio needs both in the same round. A case that has failed is not run again.
        """
        alive = {
            case.id: case
            for case in self.cases.values()
            if case.status == "planned" and case.id not in history.failed
        }
        if number <= self.effort.floor:
            return list(alive.values())
        doubts = {
            name: history.find_width(
                name, {other: size for other, size in self.others[name].items() if other in alive}
            )
            / self._precision[name]
            for name in alive
        }
        left_ns = self.budget_ns - history.spent_ns
        chosen: dict[str, Case] = {}
        for name in sorted(alive, key=lambda each: -doubts[each]):
            wanted = [each for each in (name, *self.others[name]) if each in alive and each not in chosen]
            more_ns = sum(history.paces[each].each_ns for each in wanted)
            if doubts[name] > 1 and more_ns <= left_ns:
                chosen |= {each: alive[each] for each in wanted}
                left_ns -= more_ns
        return list(chosen.values())

    def order(self, cases: Sequence[Case], session: int, number: int) -> list[Step]:
        """Put a round's cases in a fresh random order; the same seed gives the same orders.

        Cases that are compared with the same one stay together, in random order among themselves, and that one
        is run before, between and after them: the less time there is between the two of a pair, the less of the
        machine's changes is in their ratio.
        """
        draw = random.Random(f"{self.seed}/{number}")
        groups: dict[str, list[Case]] = {}
        for case in sorted(cases, key=lambda case: case.id):
            groups.setdefault(self._find_root(case.id), []).append(case)
        shuffled = list(groups.items())
        draw.shuffle(shuffled)
        sequence = [case for root, members in shuffled for case in arrange(root, members, draw)]
        repeats: dict[str, int] = {}
        steps = []
        for order, case in enumerate(sequence, 1):
            repeats[case.id] = repeats.get(case.id, 0) + 1
            steps.append(Step(session, number, order, case, repeats[case.id]))
        return steps

    def _find_root(self, name: str) -> str:
        """Return what a case is compared with, and that one in turn, to the last."""
        seen = {name}
        while self.others[name] and (other := next(iter(self.others[name]))) not in seen:
            seen.add(other)
            name = other
        return name


def arrange(root: str, members: list[Case], draw: random.Random) -> list[Case]:
    """Arrange a group: what the others are compared with first, after every few of them, and last."""
    roots = [case for case in members if case.id == root]
    others = [case for case in members if case.id != root]
    draw.shuffle(others)
    if not roots or not others:
        return roots + others
    sequence: list[Case] = []
    for start in range(0, len(others), PER_BASELINE):
        sequence += [*roots, *others[start : start + PER_BASELINE]]
    return sequence + roots
