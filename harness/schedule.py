"""Schedule: which cases the next round has, in what order; a function of the seed and the records only."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from harness.estimates import estimate, find_ratio_width
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
    """What has been measured so far, by case, in one phase of the run."""

    def __init__(self, records: Sequence[Record] = (), phase: str = "time") -> None:
        self.phase = phase
        self.elapsed_ns: dict[str, dict[int, float]] = {}
        """By case and round."""
        self.took_ns: dict[str, list[int]] = {}
        self.failed: set[str] = set()
        self.done: set[tuple[int, str]] = set()
        for record in records:
            self.add(record)

    def add(self, record: Record) -> None:
        """Take one more record into account."""
        if record.round == 0 or record.phase != self.phase:
            return
        self.done.add((record.round, record.case))
        self.took_ns.setdefault(record.case, []).append(record.took_ns)
        if record.status == "ok" and record.elapsed_ns is not None:
            self.elapsed_ns.setdefault(record.case, {})[record.round] = record.elapsed_ns
        else:
            self.failed.add(record.case)

    def before(self, round_number: int, records: Sequence[Record]) -> History:
        """Return the history as it was before a round."""
        return History([record for record in records if record.round < round_number], self.phase)

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

    Where the budget does not pay for all of those, the least certain ones get it, each with the case that
    it is compared with: a ratio needs both in the same round. A case that has failed is not run again.
    """
    alive = [
        case for case in cases if case.status == "planned" and case.timed and case.id not in history.failed
    ]
    if round_number <= effort.floor:
        return alive
    if round_number > effort.ceiling:
        return []
    doubts = {case.id: doubt(case, history, effort) for case in alive}
    by_id = {case.id: case for case in alive}
    left_ns = effort.budget_s * 1e9 - history.spent_ns
    chosen: dict[str, Case] = {}
    for case in sorted(alive, key=lambda each: -doubts[each.id]):
        wanted = {each: by_id[each] for each in (case.id, case.baseline) if each in by_id}
        more_ns = sum(history.predict_ns(each) for name, each in wanted.items() if name not in chosen)
        if doubts[case.id] > 1 and more_ns <= left_ns:
            chosen |= wanted
            left_ns -= more_ns
    return list(chosen.values())


def doubt(case: Case, history: History, effort: Effort) -> float:
    """Return how wide a case's interval is, in units of the precision that is asked for.

    The wider one counts: that of its time, or that of its ratio to the case it is compared with.
    """
    mine, other = history.elapsed_ns[case.id], history.elapsed_ns.get(case.baseline, {})
    width = estimate(list(mine.values())).relative_width
    if case.baseline != case.id and (both := mine.keys() & other.keys()):
        width = max(width, find_ratio_width([mine[i] for i in both], [other[i] for i in both]))
    return width / effort.precision[case.kind]


def shuffle(cases: Sequence[Case], seed: int, round_number: int) -> list[Case]:
    """Return a round's cases in a fresh random order; the same seed gives the same orders.

    Cases that are compared with the same one stay together, in random order among themselves: the less time
    there is between the two of a pair, the less of the machine's changes is in their ratio.
    """
    draw = random.Random(f"{seed}/{round_number}")
    groups: dict[str, list[Case]] = {}
    for case in sorted(cases, key=lambda case: case.id):
        groups.setdefault(case.baseline or case.id, []).append(case)
    shuffled = list(groups.values())
    draw.shuffle(shuffled)
    for group in shuffled:
        draw.shuffle(group)
    return list(itertools.chain.from_iterable(shuffled))
