"""Compare: how many times as fast B is as A, for two cases of one run or for two runs case by case."""

from __future__ import annotations

import difflib
import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from harness import estimates
from harness.calibrate import Calibration, read_calibration
from harness.collate import collate
from harness.columns import read_columns
from harness.errors import HarnessError
from harness.estimates import FASTER, SAME, SLOWER, Estimate
from harness.plan import Case
from harness.records import FINE
from harness.runs import Plan, Run, latest_run
from harness.summarise import find_states

NOISE = ("load_average", "swap_used_bytes", "calibration")  # never the same twice, even on a machine that is
LEEWAY = 1.1  # what a parallel speed may differ by and still be that of the same machine
WORK = ("workload", "arguments", "units", "result")
ABSENT, UNTIMED = "absent", "untimed"
TOO_FEW = "too few rounds for a verdict"
LISTED = 10


class Comparison(NamedTuple):
    """A case of A against one of B."""

    name: str
    """The case's id; of two cases of one run, B's."""

    ratio: Estimate
    """A's time over B's: how many times as fast B is as A, with the 95 % interval."""

    verdict: str
    """What B is, corrected for all comparisons made at once; empty where there are too few rounds."""

    rounds: tuple[int, int]
    """How many rounds of A and of B are in it."""

    @property
    def slow_down(self) -> float:
        """Return how much more time B takes than A, as a share of A's; negative where it takes less."""
        return 1 / self.ratio.median - 1

    @property
    def worst(self) -> float:
        """Return the largest slow-down that its interval leaves room for; NaN without an interval."""
        return 1 / self.ratio.low - 1

    def __str__(self) -> str:
        ratio = f"{self.name}: B is {spell_ratio(self.ratio.median)}× as fast as A"
        if not self.verdict:
            return f"{ratio}: {TOO_FEW} ({spell_rounds(*self.rounds)})"
        interval = f"[{spell_ratio(self.ratio.low)}, {spell_ratio(self.ratio.high)}]"
        return f"{ratio} {interval}: {self.verdict} ({spell_rounds(*self.rounds)})"


class Uncompared(NamedTuple):
    """A case that is not in both runs as a time for the same work."""

    name: str
    reason: str
    worse: bool
    """Whether A has a time to hold against it that B has lost, or B has a failure that A has not."""

    def __str__(self) -> str:
        return f"{self.name}: not compared: {self.reason}"


class Compared(NamedTuple):
    """All that is to be said of A and B."""

    notes: list[str]
    """What A and B are, and what differs between them beside the times."""

    comparisons: list[Comparison]
    uncompared: list[Uncompared]

    def spell(self) -> list[str]:
        """Return all of it as lines: the notes, a line a case, the count of verdicts."""
        counts = Counter(each.verdict for each in self.comparisons)
        words = [f"{counts[verdict]} {verdict}" for verdict in (FASTER, SLOWER, SAME)]
        words += [f"{counts['']} {TOO_FEW}"] if counts[""] else []
        words += [f"{len(self.uncompared)} not compared"] if self.uncompared else []
        lines = [*self.notes, *map(str, self.comparisons), *map(str, self.uncompared)]
        return [*lines, ", ".join(words)]

    def list_failures(self, threshold: float) -> list[str]:
        """List, with the reason, the cases that a gate must not let pass.

        `threshold` is a share of A's time: 0.05 is 5 %. Those measurably slower beyond it, and those
        that nothing can be said of any more: an error never looks like a fast run.
        """
        slower = [
            f"{each.name}: B takes {each.slow_down:.1%} more time than A"
            for each in self.comparisons
            if each.verdict == SLOWER and each.slow_down > threshold
        ]
        unjudged = [
            f"{each.name}: {TOO_FEW} ({spell_rounds(*each.rounds)})"
            for each in self.comparisons
            if not each.verdict
        ]
        return slower + unjudged + [str(each) for each in self.uncompared if each.worse]

    def count_doubts(self, threshold: float) -> int:
        """Count the cases without a verdict whose intervals leave room for a slow-down beyond a threshold."""
        return sum(each.verdict == SAME and each.worst > threshold for each in self.comparisons)


class Side(NamedTuple):
    """What one run has of a case."""

    status: str
    """One of summary.csv, or ABSENT or UNTIMED."""

    reason: str
    work: Mapping[str, object]
    times: pd.Series[float]
    """`elapsed_ns` of its good runs, by round."""

    @property
    def failed(self) -> bool:
        """Tell whether it should have a time and has none."""
        return self.status not in (*FINE, ABSENT, UNTIMED)

    def __str__(self) -> str:
        return f"{self.status}: {self.reason}" if self.reason else self.status


NOTHING = Side(ABSENT, "", {}, pd.Series(dtype=float))


def compare(a: str, b: str, folder: Path | None, results: Path) -> Compared:
    """Compare what two words name: two run folders, or two cases of the run in `folder` or of the newest.

    Raises HarnessError if they name neither, or there is nothing to compare.
    """
    folders = [text for text in (a, b) if Path(text, "plan.json").is_file()]
    if len(folders) == 1:
        other = a if folders == [b] else b
        raise HarnessError(
            f"expected two run folders or two cases of one run, got the run folder {folders[0]} and "
            f"'{other}', which has no plan.json: name two run folders, or two cases and '--run {folders[0]}'"
        )
    if folders and folder:
        raise HarnessError(f"expected two cases with '--run {folder}', got two run folders: leave --run out")
    if folders:
        return compare_runs(Run(Path(a)), Run(Path(b)))
    try:
        run = Run(folder) if folder else latest_run(results)
    except HarnessError as error:
        raise HarnessError(f"neither '{a}' nor '{b}' is a run folder, and for two cases: {error}") from None
    plan = run.plan
    return compare_cases(run, find_case(plan, a), find_case(plan, b))


def find_case(plan: Plan, text: str) -> Case:
    """Return the case with this id, or the only one with this in its id; raises HarnessError if none is."""
    cases = {case.id: case for case in plan.cases}
    found = [text] if text in cases else [name for name in cases if text in name]
    if len(found) == 1:
        return cases[found[0]]
    if found:
        more = f", and {len(found) - LISTED} more" if len(found) > LISTED else ""
        listed = ", ".join(f"'{name}'" for name in found[:LISTED]) + more
        raise HarnessError(
            f"expected one case, '{text}' is in {len(found)} of them: say more of one of {listed}"
        )
    alike = ", ".join(f"'{name}'" for name in difflib.get_close_matches(text, cases, cutoff=0))
    raise HarnessError(
        f"expected two run folders or two cases of {plan.run}, got '{text}', which is neither: "
        f"the cases most like it are {alike}"
    )


def compare_cases(run: Run, a: Case, b: Case) -> Compared:
    """Compare two cases of one run in the rounds that both are in; raises HarnessError if there is none."""
    sides = read_sides(run)
    before, after = sides[a.id], sides[b.id]
    for case, side in ((a, before), (b, after)):
        if side.status != "ok":
            raise HarnessError(f"expected two timed cases, got {case.id}, {side}: choose another, or mend it")
    first, second = before.times.align(after.times, join="inner")
    if first.empty:
        raise HarnessError(
            f"expected a round with both {a.id} and {b.id}, got none: go on with '--resume {run.folder}'"
        )
    times = first.tolist(), second.tolist()
    found = estimates.estimate_ratio(*times), estimates.compare(*times)
    notes = [f"A: {a.id}", f"B: {b.id}", f"both in run {run.folder.name}, paired by round"]
    if differences := list_differences(before.work, after.work):
        notes += ["A and B do not do the same work (A → B):", *(f"  {each}" for each in differences)]
    return Compared(notes, judge({b.id: (len(first), len(second))}, [found]), [])


def compare_runs(a: Run, b: Run) -> Compared:
    """Compare two runs case by case; raises HarnessError if no case has a time for the same work in both."""
    before, after = read_sides(a), read_sides(b)
    pairs = {name: (before.get(name, NOTHING), after.get(name, NOTHING)) for name in {**before, **after}}
    obstacles = {name: find_obstacle(*pair) for name, pair in pairs.items()}
    uncompared = [Uncompared(name, why, is_worse(*pairs[name])) for name, why in obstacles.items() if why]
    timed = {name: pair for name, pair in pairs.items() if not obstacles[name]}
    if not timed:
        listed = "; ".join(map(str, uncompared[:LISTED])) or "they have no cases"
        raise HarnessError(
            f"expected a case that is ok in both {a.folder} and {b.folder}, got none ({listed}): "
            "measure the same cases in both"
        )
    rounds = {name: (len(one.times), len(other.times)) for name, (one, other) in timed.items()}
    found = [estimate_apart(one.times.tolist(), other.times.tolist()) for one, other in timed.values()]
    notes = [
        f"A: {a.folder}",
        f"B: {b.folder}",
        *describe_environments(a.environment, b.environment),
        *describe_plans(a.plan, b.plan),
        "not paired: rounds of two runs did not meet, so what changed between them is in the ratios too",
    ]
    if len(timed) > 1:
        notes.append(f"verdicts are corrected for {len(timed)} comparisons at once (Holm), intervals are not")
    return Compared(notes, judge(rounds, found), uncompared)


def read_sides(run: Run) -> dict[str, Side]:
    """Read what a run has of each case, in the order of its plan; raises HarnessError as `Run` does."""
    plan = run.plan
    table = collate(plan.run, plan.cases, read_columns(run.journal))
    good = table[(table["status"] == "ok") & (table["phase"] == "time") & (table["round"] > 0)]
    times = {
        str(name): mine.set_index("round")["elapsed_ns"].astype(float)
        for name, mine in good.groupby("case", sort=False)
    }
    states = find_states(plan.cases, table)
    sides = {}
    for case, status, reason in zip(plan.cases, states["status"], states["reason"], strict=True):
        work = {name: getattr(case, name) for name in WORK}
        if status == "ok" and not case.timed:
            sides[case.id] = Side(UNTIMED, "only its memory is watched", work, NOTHING.times)
        else:
            sides[case.id] = Side(status, reason, work, times.get(case.id, NOTHING.times))
    return sides


def find_obstacle(a: Side, b: Side) -> str:
    """Say why two sides cannot be compared; empty if they can."""
    if a.status == b.status == "ok":
        differences = ", ".join(list_differences(a.work, b.work))
        return f"not the same work (A → B): {differences}" if differences else ""
    if ABSENT in (a.status, b.status):
        name, side = ("A", a) if b.status == ABSENT else ("B", b)
        return f"only in {name}" + ("" if side.status == "ok" else f", {side}")
    return f"A and B {a}" if str(a) == str(b) else f"A {a}; B {b}"


def is_worse(a: Side, b: Side) -> bool:
    """Tell of two sides that cannot be compared whether that is B's fault."""
    return a.status == "ok" or (b.failed and not a.failed)


def estimate_apart(before: list[float], after: list[float]) -> tuple[Estimate, float]:
    """Estimate before / after, and the p-value of their being the same, for runs that share no rounds.

    The interval is the middle of those for either way round, which the bootstrap's draws make differ a
    little: so the same two runs give the same verdict whichever of them is called A.
    """
    there, back = estimates.estimate_ratio_apart(before, after), estimates.estimate_ratio_apart(after, before)
    low, high = math.sqrt(there.low / back.high), math.sqrt(there.high / back.low)
    return Estimate(there.median, low, high), estimates.compare_apart(before, after)


def judge(rounds: Mapping[str, tuple[int, int]], found: Sequence[tuple[Estimate, float]]) -> list[Comparison]:
    """Give the verdicts on comparisons that were made at once, from their ratios and p-values."""
    corrected = estimates.correct([p for _, p in found])
    return [
        Comparison(name, ratio, estimates.judge_speedup(ratio, p), counts)
        for (name, counts), (ratio, _), p in zip(rounds.items(), found, corrected, strict=True)
    ]


def describe_environments(a: Mapping[str, object], b: Mapping[str, object]) -> list[str]:
    """Say whether the environments differ, and how, leaving out what differs every time (NOISE)."""
    without = [name for name, environment in (("A", a), ("B", b)) if not environment]
    if without:
        return [
            f"whether the environments differ is not known: no environment.json in {' and '.join(without)}"
        ]
    kept = [{key: value for key, value in each.items() if key not in NOISE} for each in (a, b)]
    differences = list_differences(*kept) + list_speeds(read_calibration(a), read_calibration(b))
    if not differences:
        return ["the environments are the same"]
    return ["the environments differ (A → B):", *(f"  {each}" for each in differences)]


def list_speeds(a: Calibration, b: Calibration) -> list[str]:
    """List the numbers of threads at which two machines' parallel speeds are apart."""
    before, after = ({each.threads: each.median for each in side.parallel_speed} for side in (a, b))
    return [
        f"calibration.parallel_speed of {threads} threads: {speed:.2f} → {after[threads]:.2f}"
        for threads, speed in before.items()
        if threads in after and not 1 / LEEWAY <= speed / after[threads] <= LEEWAY
    ]


def describe_plans(a: Plan, b: Plan) -> list[str]:
    """Say whether what was measured differs, and how much measuring was asked for."""
    lines = ["the measured sources are the same"]
    if a.sources != b.sources:
        lines = [f"the measured sources differ (A → B): {a.sources} → {b.sources}"]
    if a.quick != b.quick:
        quick, full = ("A", "B") if a.quick else ("B", "A")
        lines.append(
            f"{quick} is a quick run, {full} a full one: {quick}'s few rounds find large changes only"
        )
    return lines


def list_differences(a: Mapping[str, object], b: Mapping[str, object]) -> list[str]:
    """List what differs between two nested mappings, as `dotted.key: A's value → B's value`."""
    before, after = flatten(a), flatten(b)
    return [
        f"{key}: {before.get(key, ABSENT)} → {after.get(key, ABSENT)}"
        for key in {**before, **after}
        if before.get(key) != after.get(key)
    ]


def flatten(values: Mapping[str, object], prefix: str = "") -> dict[str, str]:
    """Spell the values of a nested mapping under dotted keys."""
    flat: dict[str, str] = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            flat |= flatten(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = value if isinstance(value, str) else json.dumps(value)
    return flat


def spell_ratio(value: float) -> str:
    """Spell a ratio to four digits: enough to see which side of 1 it is on."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:#.4g}"


def spell_rounds(a: int, b: int) -> str:
    """Spell how many rounds A and B have."""
    return f"{a} round{'s' * (a != 1)}" if a == b else f"{a} and {b} rounds"
