"""Marks: rules that notice when a measurement is not what it claims to be.

Each rule looks at one case and returns a sentence with the figures that tripped it, or nothing. What a
rule finds marks the row and the chart; no number is changed or left out for it. What is a finding (a client
too slow to keep all in flight that it was asked for) is a note, not a mark.
"""

from __future__ import annotations

import numbers
import re
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import scipy

from harness.estimates import CONFIDENCE
from harness.machine.calibrate import Calibration
from harness.plan.cases import Case
from harness.plan.declarations import Declarations
from harness.plan.expressions import ExpressionError, evaluate

LEEWAY = 1.05  # what a limit may be exceeded by before it counts: calibration is a measurement too
SCALES = 1.1  # times as fast: more than that is scaling
FEW = 0.9  # of what must be in flight
BUSY = 0.8  # of a core
AWAKE = 0.05  # of a core: below it, a server's cost is that of being awake
FEW_STEPS = 1000  # of the clock
SPREAD = 0.1  # of the median: half of the runs are within
APART = 0.05  # of the median: what two groups of times are apart by
DISTURBED = 1.1  # times what the probe took else
MIB = 2**20


class Evidence(NamedTuple):
    """What is known of one case."""

    values: Mapping[str, float]
    """Medians and arguments, by name."""
    case: Case
    kind: str
    ratio_low: float
    """The lower end of its speed-up over its language's own model that works alone; NaN where there is none."""
    limit: float
    """How many times the speed of one thread this machine gives to so many workers."""
    locked: bool
    """Whether one lock lets only one of its workers run at a time, by declaration."""
    in_flight: float = np.nan
    """How many units were seen under way at once."""
    wait_ns: float = np.nan
    """How long each unit waits at least."""
    server_cpu_ns: float = np.nan
    precision: float = np.inf
    clock_step_ns: int = 1
    cases: int = 1
    """How many cases are looked at."""
    judged: Sequence[Sequence[float]] = ()
    """The judged values of its runs, in the order of the rounds, by session."""
    speed: bool = True
    """Whether these are times of work; tails of latencies, and shares, spread by their nature."""
    swapped_bytes: Sequence[float] = ()
    """What the machine swapped during each of them."""

    def get(self, name: str) -> float:
        """Return a number; NaN where there is none. Every comparison with NaN is false."""
        return float(self.values.get(name, np.nan))

    @property
    def must_be_in_flight(self) -> float:
        """Return how many units are under way on average at least (Little 1961), as far as there are workers."""
        return min(self.case.workers, self.get("throughput_per_s") * self.wait_ns / 1e9)


def find_superlinear(case: Evidence) -> str:
    """A speed-up beyond what the machine gives to so many workers, or waits beyond so many at once."""
    limit = case.limit if case.kind == "cpu" else case.case.workers
    if case.ratio_low > limit * LEEWAY:
        return f"at least {case.ratio_low:.2f} times as fast, where {limit:.2f} times is all that can be had"
    return ""


def find_scaling_under_lock(case: Evidence) -> str:
    """Threads of an interpreter with a global lock that compute in parallel in pure code."""
    if case.locked and case.kind == "cpu" and case.ratio_low > SCALES:
        return f"at least {case.ratio_low:.2f} times as fast, where one lock lets one worker run at a time"
    return ""


def find_few_in_flight(case: Evidence) -> str:
    """Fewer units seen in flight than the throughput needs: whoever saw them, or the clock, is wrong."""
    if case.wait_ns > 0 and case.in_flight < FEW * case.must_be_in_flight:
        return f"{case.in_flight:.0f} were seen in flight, the throughput needs {case.must_be_in_flight:.0f}"
    return ""


def find_busy_server(case: Evidence) -> str:
    """A server or load generator that may itself be what was measured."""
    busy = case.server_cpu_ns / case.get("elapsed_ns")
    return f"the server was busy {busy:.0%} of a core" if busy > BUSY else ""


def find_heavy_server(case: Evidence) -> str:
    """A server that used more processor time than its clients."""
    client_ns = case.get("user_ns") + case.get("system_ns")
    if case.server_cpu_ns > client_ns and case.server_cpu_ns > AWAKE * case.get("elapsed_ns"):
        return f"the server used {case.server_cpu_ns / client_ns:.2f} times its clients' processor time"
    return ""


def find_swapping(case: Evidence) -> str:
    """Memory that did not suffice."""
    swapped = [each for each in case.swapped_bytes if each > 0]
    return f"{sum(swapped) / MIB:.0f} MiB were swapped during {len(swapped)} of its runs" if swapped else ""


def find_drift(case: Evidence) -> str:
    """Values that went one way over a session: Kendall's rank correlation, corrected for the number of cases."""
    for session, values in enumerate(case.judged, 1):
        if len(values) < 6 or np.ptp(values) == 0:
            continue
        third = len(values) // 3
        change = float(np.median(values[-third:]) / np.median(values[:third])) - 1
        p = float(scipy.stats.kendalltau(np.arange(len(values)), values).pvalue) * case.cases
        if p < 1 - CONFIDENCE and abs(change) > 2 * case.precision:
            return f"in session {session} its last rounds gave {change:+.0%} compared with its first"
    return ""


def find_spread(case: Evidence) -> str:
    """Times of one session of which the middle half is wider than a tenth of the median."""
    for session, values in enumerate(case.judged if case.speed else (), 1):
        if len(values) >= 6:
            low, middle, high = np.percentile(values, (25, 50, 75))
            if high - low > SPREAD * middle:
                share = (high - low) / middle
                return f"in session {session} the middle half of its values spans {share:.0%} of the median"
    return ""


def find_two_groups(case: Evidence) -> str:
    """Times of one session in two groups: a gap wider than either of them, with a fifth of them beyond."""
    for session, values in enumerate(case.judged if case.speed else (), 1):
        ordered = np.sort(np.asarray(values))
        fewest = max(2, len(ordered) // 5)
        if len(ordered) < 8:
            continue
        gaps = np.diff(ordered)[fewest - 1 : len(ordered) - fewest]
        cut = int(np.argmax(gaps)) + fewest
        below, above = ordered[:cut], ordered[cut:]
        gap = above[0] - below[-1]
        if gap > max(np.ptp(below), np.ptp(above)) and gap > APART * np.median(ordered):
            middles = np.median(above) / np.median(below)
            return f"in session {session} its values form two groups, {middles:.2f} times apart"
    return ""


def find_coarse_clock(case: Evidence) -> str:
    """Runs so short that the clock's own steps are seen."""
    steps = case.get("elapsed_ns") / case.clock_step_ns
    return f"it took {steps:.0f} steps of this machine's clock" if steps < FEW_STEPS else ""


class Rule(NamedTuple):
    """A rule, and what its mark means for those who see only its name."""

    look: Callable[[Evidence], str]
    meaning: str


RULES = {
    "superlinear": Rule(find_superlinear, "faster than this machine allows"),
    "scales_under_lock": Rule(find_scaling_under_lock, "threads that scale although they share a lock"),
    "few_in_flight": Rule(find_few_in_flight, "fewer seen in flight than the throughput needs"),
    "busy_server": Rule(find_busy_server, "a server busier than 80 % of a core"),
    "heavy_server": Rule(find_heavy_server, "a server that used more processor time than its clients"),
    "swapping": Rule(find_swapping, "the machine swapped"),
    "drift": Rule(find_drift, "values that went one way over the rounds"),
    "spread": Rule(find_spread, "values that spread over more than 10 %"),
    "two_groups": Rule(find_two_groups, "values that form two groups"),
    "coarse_clock": Rule(find_coarse_clock, "too short for this machine's clock"),
}
DISTURBED_RULE = "disturbed_rounds"
COLUMNS = ("case", "rule", "sentence")


def find_marks(
    cases: Sequence[Case],
    summary: pd.DataFrame,
    runs: pd.DataFrame,
    comparisons: pd.DataFrame,
    declarations: Declarations,
    calibration: Calibration,
) -> pd.DataFrame:
    """Ask every rule about every case that was timed; returns a row a mark: case, rule, sentence."""
    marks = [
        (evidence.case.id, name, sentence)
        for evidence in gather(cases, summary, runs, comparisons, declarations, calibration)
        for name, rule in RULES.items()
        if (sentence := rule.look(evidence))
    ]
    return pd.DataFrame(marks, columns=list(COLUMNS), dtype="str")


def gather(
    cases: Sequence[Case],
    summary: pd.DataFrame,
    runs: pd.DataFrame,
    comparisons: pd.DataFrame,
    declarations: Declarations,
    calibration: Calibration,
) -> Iterator[Evidence]:
    """Gather what is known of each case that was timed."""
    timed = runs[(runs["status"] == "ok") & (runs["phase"] == "time") & (runs["round"] > 0)]
    by_case = {
        str(name): mine.sort_values(["session", "round", "order"]) for name, mine in timed.groupby("case")
    }
    rows = {str(row["case"]): row for row in summary.to_dict("records")}
    lows = list_speed_ups(cases, comparisons, declarations)
    for case in cases:
        if case.id in by_case:
            yield weigh_up(case, rows[case.id], by_case, lows.get(case.id, np.nan), declarations, calibration)


def list_speed_ups(
    cases: Sequence[Case], comparisons: pd.DataFrame, declarations: Declarations
) -> dict[str, float]:
    """List the lower ends of speed-ups by case: over what works alone on the same runtime, none other is one."""
    runtimes = {case.id: case.runtime for case in cases}
    alone = {
        case.id: case.runtime for case in cases if case.model == declarations.find_baseline(case.language)
    }
    whole = comparisons[comparisons["session"] == 0]
    return {
        str(row["case"]): float(row["low"])
        for row in whole.to_dict("records")
        if alone.get(row["against"], "") == runtimes[row["case"]]
    }


def weigh_up(
    case: Case,
    row: Mapping[Hashable, object],
    by_case: Mapping[str, pd.DataFrame],
    ratio_low: float,
    declarations: Declarations,
    calibration: Calibration,
) -> Evidence:
    """Put together what is known of one case."""
    language, workload = declarations.languages[case.language], declarations.workloads[case.workload]
    mine = by_case[case.id]
    values = list_medians(row)
    has_lock = bool(language.lock) and re.fullmatch(language.lock, case.runtime) is not None
    lets_go = bool(evaluate(workload.releases_lock, case.list_values(0)))
    checks = workload.checks
    judged = (
        mine[workload.judged.quantity].astype(float)
        if workload.judged.quantity in mine
        else pd.Series(dtype=float)
    )
    return Evidence(
        values=values,
        case=case,
        kind=workload.kind,
        ratio_low=float(ratio_low),
        limit=calibration.limit(case.workers),
        locked=has_lock and case.model in language.locked and not lets_go,
        in_flight=compute(checks.in_flight, values),
        wait_ns=compute(checks.wait_ns, values),
        server_cpu_ns=compute(checks.server_cpu_ns, values),
        precision=float(str(row["precision"])),
        clock_step_ns=calibration.clock_step_ns or 1,
        cases=len(by_case),
        judged=[group.tolist() for _, group in judged.dropna().groupby(mine["session"])],
        speed=workload.judged.speed,
        swapped_bytes=mine["swapped_bytes"].to_numpy(dtype=float, na_value=0.0).tolist(),
    )


def list_medians(row: Mapping[Hashable, object]) -> dict[str, float]:
    """Return a row's numbers by the names that expressions use."""
    found = {str(name): float(value) for name, value in row.items() if isinstance(value, numbers.Real)}
    medians = {
        name.removesuffix("_median"): value for name, value in found.items() if name.endswith("_median")
    }
    return {**found, **medians}


def compute(text: str, values: Mapping[str, float]) -> float:
    """Evaluate a check; NaN where there is none, or nothing to evaluate it with."""
    try:
        return float(evaluate(text, values)) if text else np.nan
    except ExpressionError:
        return np.nan


def find_notes(cases: Sequence[Case], summary: pd.DataFrame, declarations: Declarations) -> list[str]:
    """Say of each case that was too slow to keep all in flight that it was asked for, how many it had."""
    notes = []
    for case, (_, row) in zip(cases, summary.iterrows(), strict=True):
        values = list_medians(row.to_dict())
        checks = declarations.workloads[case.workload].checks
        seen, wait_ns = compute(checks.in_flight, values), compute(checks.wait_ns, values)
        enough = FEW * np.minimum(case.workers, values.get("throughput_per_s", np.nan) * wait_ns / 1e9)
        plausible = not seen < enough  # where the throughput is not known, nothing speaks against it
        few = wait_ns > 0 and plausible and seen < FEW * min(case.workers, case.units)
        notes.append(f"saturated: {seen:,.0f} of {case.workers:,} in flight" if few else "")
    return notes


def find_disturbed(looks: pd.DataFrame) -> pd.DataFrame:
    """Mark the rounds in which the probe took longer than else in their session."""
    marks = []
    for session, mine in looks.groupby("session"):
        usual = float(mine["elapsed_ns"].median())
        rounds = mine.groupby("round")["elapsed_ns"].median() / usual
        slow = rounds[rounds > DISTURBED]
        if len(slow):
            listed = ", ".join(map(str, slow.index[:10])) + (", …" if len(slow) > 10 else "")
            sentence = (
                f"session {session}: in {len(slow)} of {len(rounds)} rounds ({listed}) the machine was not itself: "
                f"the probe took up to {slow.max() - 1:.0%} longer than usual"
            )
            marks.append(("", DISTURBED_RULE, sentence))
    return pd.DataFrame(marks, columns=list(COLUMNS), dtype="str")


def add_marks(summary: pd.DataFrame, marks: pd.DataFrame, notes: Sequence[str]) -> pd.DataFrame:
    """Add the names of the rules that a case tripped, separated by spaces, and its note."""
    names = marks[marks["case"] != ""].groupby("case")["rule"].agg(" ".join).to_dict()
    return summary.assign(marks=[names.get(case, "") for case in summary["case"]], note=list(notes))
