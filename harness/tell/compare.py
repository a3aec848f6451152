"""Compare: how many times as fast B is as A, for two cases of one run or for two runs case by case."""

from __future__ import annotations

import difflib
import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from harness.analyse import comparisons
from harness.analyse.summarise import find_states
from harness.errors import HarnessError
from harness.estimates import (
    TOO_FEW,
    UNKNOWN,
    Estimate,
    decide_apart,
    give_verdict,
    hull,
    spell_ratio,
    spell_verdict,
)
from harness.paths import show
from harness.plan.cases import Case, Comparison, compute
from harness.plan.declarations import Declarations, Judged, Workload
from harness.store.collate import collate
from harness.store.folder import Plan, Run, StudyFolder, latest_run
from harness.store.records import FINE, clean

NOISE = ("load_average", "swap_used_bytes", "calibration")  # never the same twice, even on a machine that is
LISTED = 10


class Compared(NamedTuple):
    """A case of A against one of B."""

    name: str
    judged: Judged = Judged()
    ratio: Estimate = UNKNOWN
    """How many times as fast B is as A; of other quantities than time: how many times as much."""
    rounds: tuple[int, int] = (0, 0)
    """How many rounds of A and of B are in it."""
    reason: str = ""
    """Why the two cannot be compared."""
    lost: bool = False
    """Whether that is because B has lost what A has."""

    @property
    def verdict(self) -> str:
        """Return one of the five words."""
        return "not compared" if self.reason else give_verdict(self.ratio, speed=self.judged.speed)

    @property
    def gain(self) -> Estimate:
        """Return how many times as good B is as A."""
        good = self.judged.speed or self.judged.better == "higher"
        median, low, high = self.ratio
        return self.ratio if good else Estimate(1 / median, 1 / high, 1 / low)

    def fails(self, threshold: float) -> bool:
        """Tell whether a gate must stop it: worse beyond a share of A's by verdict, lost, or too few rounds."""
        worse = self.gain.high < 1 and 1 / self.gain.median - 1 > threshold
        return self.lost or worse or self.verdict == TOO_FEW

    def __str__(self) -> str:
        if self.reason:
            return f"{self.name}: not compared: {self.reason}"
        ratio, low, high = map(spell_ratio, self.ratio)
        what = "as fast as A" if self.judged.speed else f"A's {self.judged.quantity}"
        interval = "" if self.verdict == TOO_FEW else f" [{low}, {high}]"
        words = spell_verdict(self.verdict, self.ratio)
        counts = " and ".join(map(str, dict.fromkeys(self.rounds)))
        return f"{self.name}: B is {ratio} {what}{interval}: {words} ({counts} rounds)"


class Outcome(NamedTuple):
    """All that is to be said of A and B."""

    notes: list[str]
    compared: list[Compared]

    def spell(self) -> list[str]:
        """Return the notes, a line a case, and how often there is each verdict."""
        counts = Counter(each.verdict for each in self.compared)
        total = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
        return [*map(clean, (*self.notes, *map(str, self.compared))), total]


def compare(a: str, b: str, folder: Path | None, results: Path, study: str = "") -> Outcome:
    """Compare two run folders, or two cases of the run in `folder`, else of the newest; raises HarnessError."""
    folders = [text for text in (a, b) if Path(text, "run.json").is_file()]
    if len(folders) == 2 and not folder:
        return compare_runs(Run(Path(a)), Run(Path(b)), study)
    if folders:
        raise HarnessError(f"expected two run folders, or two cases and '--run', got run folder {folders[0]}")
    return compare_cases(Run(folder) if folder else latest_run(results), a, b, study)


def choose_studies(run: Run, study: str) -> dict[str, StudyFolder]:
    """Return a run's studies, or the one that is named."""
    found = {folder.name: folder for folder in run.studies if study in ("", folder.name)}
    if not found:
        names = ", ".join(folder.name for folder in run.studies) or "none"
        raise HarnessError(f"{show(run.path)}: expected one of its studies, {names}, got '{study}'")
    return found


def compare_cases(run: Run, a: str, b: str, study: str = "") -> Outcome:
    """Compare two cases of the first study that has both, in the rounds that have both."""
    declarations, folders = run.frozen.declarations, choose_studies(run, study)
    plans = {name: folder.plan for name, folder in folders.items()}
    found = [find_cases(text, plans) for text in (a, b)]
    for name, plan in plans.items():
        one, other = (choose(declarations, plan.cores, each[name]) for each in found)
        if one and other:
            return pair_cases(declarations, folders[name], one, other)
    for text, each in zip((a, b), found, strict=True):
        ids = list(dict.fromkeys(f"'{case.id}'" for cases in each.values() for case in cases))
        if len(ids) > 1:
            listed = ", ".join([*ids[:LISTED], *(["…"] if len(ids) > LISTED else [])])
            raise HarnessError(f"expected one case, '{text}' is in {len(ids)}: say more of one of {listed}")
    raise HarnessError(f"expected a study with both '{a}' and '{b}', {show(run.path)} has none")


def find_cases(text: str, plans: Mapping[str, Plan]) -> dict[str, list[Case]]:
    """Find in each study the case with this id, else those with it in their ids; raises HarnessError if none."""
    ids = sorted({case.id for plan in plans.values() for case in plan.cases})
    chosen = [text] if text in ids else [each for each in ids if text in each]
    if not chosen:
        alike = ", ".join(f"'{each}'" for each in difflib.get_close_matches(text, ids, cutoff=0))
        raise HarnessError(f"expected two run folders or two cases, got '{text}': the most alike are {alike}")
    return {study: [case for case in plan.cases if case.id in chosen] for study, plan in plans.items()}


def choose(declarations: Declarations, cores: int, found: Sequence[Case]) -> Case | None:
    """Choose the only case; of those that differ only in workers the one with its workload's default number."""
    kinds = {(each.implementation, each.copy, *sorted(each.arguments.items())) for each in found}
    if len(found) > 1 and len(kinds) == 1:
        size = declarations.workloads[found[0].workload].sizes.get("default")
        count = compute(size.workers, {**found[0].arguments, "cores": cores}) if size else 0
        found = [each for each in found if each.workers == int(count)]
    return found[0] if len(found) == 1 else None


def pair_cases(declarations: Declarations, folder: StudyFolder, a: Case, b: Case) -> Outcome:
    """Compare two cases of one study."""
    plan, workloads = folder.plan, declarations.workloads
    judged, other = workloads[b.workload].judged, workloads[a.workload].judged
    if judged != other:
        raise HarnessError(f"expected one judged quantity, got {other.quantity} and {judged.quantity}")
    runs = collate(plan.cases, folder.read_records(plan), workloads)
    rounds = comparisons.gather_rounds(plan.cases, runs, workloads)
    if not rounds[a.id].keys() & rounds[b.id].keys():
        raise HarnessError(f"expected rounds of '{folder.name}' with both '{a.id}' and '{b.id}', got none")
    found = comparisons.compare(Comparison(b.id, a.id), rounds[b.id], rounds[a.id], judged, 1)[0]
    notes = [f"A: {a.id}", f"B: {b.id}", f"paired by round, {show(folder.path)}"]
    if work := list_differences(describe_work(a, workloads), describe_work(b, workloads)):
        notes.append(f"A and B do not do the same work: {', '.join(work)}")
    ratio = Estimate(found.ratio, found.low, found.high)
    return Outcome(notes, [Compared(b.id, judged, ratio, (found.rounds, found.rounds))])


def describe_work(case: Case, workloads: Mapping[str, Workload]) -> dict[str, object]:
    """Say what a case does, and by what it is judged."""
    own = {name: getattr(case, name) for name in ("workload", "arguments", "units", "result")}
    return {**own, "judged": workloads[case.workload].judged}


class Side(NamedTuple):
    """What one run has of a case."""

    status: str = "absent"
    work: Mapping[str, object] = {}
    judged: Judged = Judged()
    sessions: Sequence[Sequence[float]] = ()
    """The logarithms of the judged quantity, one a round, by session."""


def compare_runs(a: Run, b: Run, study: str = "") -> Outcome:
    """Compare two runs case by case, in the studies that both have."""
    mine, theirs = choose_studies(a, study), choose_studies(b, study)
    both = [name for name in mine if name in theirs]
    sides: dict[str, tuple[Side, Side]] = {}
    for name in both:
        before, after = read_sides(a, mine[name]), read_sides(b, theirs[name])
        for case in {**before, **after}:
            sides[f"{name}: {case}"] = before.get(case, Side()), after.get(case, Side())
    reasons = {name: find_obstacle(*pair) for name, pair in sides.items()}
    family = list(reasons.values()).count("")
    if not family:
        raise HarnessError(f"expected a case with numbers in {show(a.path)} and {show(b.path)}, got none")
    notes = [f"A: {show(a.path)}", f"B: {show(b.path)}"]
    for name in both:
        around = [describe_surroundings(each[name].plan) for each in (mine, theirs)]
        notes += [each for each in list_differences(around[0], around[1]) if each not in notes]
    notes += [f"study {name}: in one of the two only" for name in sorted(mine.keys() ^ theirs.keys())]
    notes.append(f"not paired: what changed between the runs counts; corrected for {family} comparisons")
    return Outcome(notes, [judge(name, *pair, reasons[name], family) for name, pair in sides.items()])


def judge(name: str, a: Side, b: Side, reason: str, family: int) -> Compared:
    """Compare two sides, or say why not; what B has lost is what A had, or had not to have."""
    if reason:
        lost = bool(a.sessions) or (a.status in FINE and b.status not in (*FINE, "absent"))
        return Compared(name, reason=reason, lost=lost)
    pairs = [(x, y) if b.judged.speed else (y, x) for x, y in itertools.product(a.sessions, b.sessions)]
    found = [decide_apart(top, bottom, family) for top, bottom in pairs]
    ratio = hull(
        float(np.median([each.median for each in found])), found
    )  # of sessions, as `decide_sessions`
    return Compared(name, b.judged, ratio, (sum(map(len, a.sessions)), sum(map(len, b.sessions))))


def read_sides(run: Run, folder: StudyFolder) -> dict[str, Side]:
    """Read what a run has of each case of a study; what was only weighed has no rounds, and is left out."""
    plan, workloads = folder.plan, run.frozen.declarations.workloads
    runs = collate(plan.cases, folder.read_records(plan), workloads)
    rounds, states = comparisons.gather_rounds(plan.cases, runs, workloads), find_states(plan.cases, runs)
    sides = {}
    for case, status in zip(plan.cases, states["status"], strict=True):
        sessions: dict[int, list[float]] = {}
        for (session, _), found in sorted(rounds[case.id].items()):
            sessions.setdefault(session, []).append(float(np.mean(np.log([value for _, value in found]))))
        good = list(sessions.values()) if status == "ok" else []
        if good or status != "ok":
            work = describe_work(case, workloads)
            sides[case.id] = Side(status, work, workloads[case.workload].judged, good)
    return sides


def find_obstacle(a: Side, b: Side) -> str:
    """Say why two sides cannot be compared; empty if they can."""
    if not (a.sessions and b.sessions):
        return f"A {a.status}, B {b.status}"
    work = list_differences(a.work, b.work)
    return f"not the same work: {', '.join(work)}" if work else ""


def describe_surroundings(plan: Plan) -> dict[str, object]:
    """Say what a study's numbers depend on beside its cases: machine, sources, effort."""
    known = plan.sessions[-1].environment if plan.sessions else {}
    machine = {key: value for key, value in known.items() if key not in NOISE}
    return {"environment": machine, "sources": plan.sources, "quick": plan.quick}


def list_differences(a: Mapping[str, object], b: Mapping[str, object], prefix: str = "") -> list[str]:
    """List what differs between two nested mappings, as `dotted.key: A's value → B's value`."""
    found: list[str] = []
    for key in {**a, **b}:
        before, after = a.get(key, "absent"), b.get(key, "absent")
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            found += list_differences(before, after, f"{prefix}{key}.")
        elif before != after:
            found.append(f"{prefix}{key}: {before} → {after}")
    return found
