"""Schedule: which cases the next round has, in what order; a function of the seed and the records only."""

from __future__ import annotations

import random
from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from harness.estimates import estimate
from harness.plan import Case
from harness.records import Record


class Effort(msgspec.Struct, frozen=True):
    """How much measuring is asked for."""

    budget_s: float
    """Measuring time; the first round is always finished, so that every case has a number."""

    floor: int
    """Rounds that every case gets before any is called certain, if the budget allows."""

    ceiling: int
    """Rounds that no case gets more than."""

    precision: dict[str, float]
    """By kind of workload: the share of its median within which a case's interval should lie."""


FULL = Effort(
    budget_s=900,
    floor=5,
    ceiling=50,
    precision={"cpu": 0.02, "io": 0.05, "mixed": 0.05, "coordination": 0.05, "interference": 0.05},
)
QUICK = replace(FULL, budget_s=60, floor=2, ceiling=3)


class History:
    """What has been measured so far, by case."""

    def __init__(self, records: Sequence[Record] = ()) -> None:
        self.elapsed_ns: dict[str, list[float]] = {}
        self.took_ns: dict[str, list[int]] = {}
        self.failed: set[str] = set()
        self.done: set[tuple[int, str]] = set()
        for record in records:
            self.add(record)

    def add(self, record: Record) -> None:
        """Take one more record into account."""
        if record.round == 0 or record.phase != "time":
            return
        self.done.add((record.round, record.case))
        self.took_ns.setdefault(record.case, []).append(record.took_ns)
        if record.status == "ok" and record.elapsed_ns is not None:
            self.elapsed_ns.setdefault(record.case, []).append(record.elapsed_ns)
        else:
            self.failed.add(record.case)

    def before(self, round_number: int, records: Sequence[Record]) -> History:
        """Return the history as it was before a round."""
        return History([record for record in records if record.round < round_number])

    @property
    def spent_ns(self) -> int:
        """Measuring time spent so far."""
        return sum(sum(each) for each in self.took_ns.values())

    def predict_ns(self, case: Case) -> float:
        """Predict what another run of a case takes: as long as its runs took on average."""
        took = self.took_ns.get(case.id, [])
        return sum(took) / len(took) if took else 0.0


def choose(cases: Sequence[Case], round_number: int, history: History, effort: Effort) -> list[Case]:
    """Choose the cases of a round: all up to the floor, then those that are not certain yet.

    Where the budget does not pay for all of those, the least certain ones get it. A case that has
    failed is not run again.
    """
    alive = [
        case for case in cases if case.status == "planned" and case.timed and case.id not in history.failed
    ]
    if round_number <= effort.floor:
        return alive
    if round_number > effort.ceiling:
        return []
    doubts = {case.id: doubt(case, history, effort) for case in alive}
    left_ns = effort.budget_s * 1e9 - history.spent_ns
    chosen = []
    for case in sorted(alive, key=lambda each: -doubts[each.id]):
        left_ns -= history.predict_ns(case)
        if doubts[case.id] > 1 and left_ns >= 0:
            chosen.append(case)
    return chosen


def doubt(case: Case, history: History, effort: Effort) -> float:
    """Return how wide a case's interval is, in units of the precision that is asked for."""
    return estimate(history.elapsed_ns[case.id]).relative_width / effort.precision[case.kind]


def shuffle(cases: Sequence[Case], seed: int, round_number: int) -> list[Case]:
    """Return a round's cases in a fresh random order; the same seed gives the same orders."""
    shuffled = sorted(cases, key=lambda case: case.id)
    random.Random(f"{seed}/{round_number}").shuffle(shuffled)
    return shuffled
