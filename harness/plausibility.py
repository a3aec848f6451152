"""Plausibility: rules that notice when a measurement is not what it claims to be.

Each rule looks at one case and returns a sentence with the figures that tripped it, or nothing. What a
rule finds marks the row and the chart; no number is changed or left out for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import scipy

from harness.calibrate import Calibration
from harness.declare import Declarations
from harness.estimates import CONFIDENCE
from harness.plan import Case

LEEWAY = 1.05  # what a limit may be exceeded by before it counts: calibration is a measurement too
SCALES = 1.1  # times as fast: more than that is scaling
FEW_IN_FLIGHT = 0.9  # of the declared concurrency, at its peak
IDLE_WORKERS = 0.5  # of the declared concurrency, on average
BUSY = 0.8  # of a core
AWAKE = 0.05  # of a core: below it, a server's cost is that of being awake
FEW_STEPS = 1000  # of the clock
MIB = 2**20


class Evidence(NamedTuple):
    """What is known of one case."""

    row: Mapping[str, float]
    """Its numbers in summary.csv."""
    kind: str
    """Its workload's."""
    limit: float
    """How many times the speed of one thread this machine gives to so many workers."""
    locked: bool
    """Whether one lock lets only one of its workers run at a time, by declaration."""
    precision: float
    """The share of its median within which its interval should lie."""
    clock_step_ns: int
    elapsed_ns: Sequence[float] = ()
    """Of its runs, in the order of the rounds."""
    swapped_bytes: Sequence[float] = ()
    """What the machine swapped during each of them."""

    def get(self, name: str) -> float:
        """Return a number of the row; NaN where there is none. Every comparison with NaN is false."""
        return float(self.row.get(name, np.nan))

    @property
    def concurrency(self) -> float:
        """Return how many units can be under way at once."""
        return min(self.get("workers"), self.get("units"))

    def list_fixtures(self, figure: str) -> Iterator[tuple[str, float]]:
        """List the fixtures that have a figure, with it."""
        for column in self.row:
            if match := re.fullmatch(rf"fixture_(.+)_{figure}_median", column):
                yield match[1], self.get(column)


def find_super_ideal(case: Evidence) -> str:
    """A speed-up beyond what the machine gives to so many workers, or waits beyond so many at once."""
    limit = case.limit if case.kind == "cpu" else case.get("workers")
    if case.get("speedup_low") > limit * LEEWAY:
        got = f"{case.get('speedup_median'):.2f} times as fast [{case.get('speedup_low'):.2f}, "
        return f"{got}{case.get('speedup_high'):.2f}], where {limit:.2f} times is all that can be had"
    return ""


def find_scaling_under_lock(case: Evidence) -> str:
    """Threads of an interpreter with a global lock that compute in parallel in pure code."""
    if case.locked and case.kind == "cpu" and case.get("speedup_low") > SCALES:
        return f"{case.get('speedup_median'):.2f} times as fast, where one lock lets one worker run at a time"
    return ""


def find_unseen_concurrency(case: Evidence) -> str:
    """Another number of units in flight than declared, as the server saw it."""
    for name, peak in case.list_fixtures("in_flight_peak"):
        if peak < FEW_IN_FLIGHT * case.concurrency or peak > case.get("workers"):
            return f"{name} saw {peak:.0f} in flight at most, {case.concurrency:.0f} are declared"
    return ""


def find_littles_law(case: Evidence) -> str:
    """Throughput times mean latency is what is in flight on average (Little 1961): too few, or too many."""
    in_flight = case.get("throughput_per_s_median") * case.get("metric_latency_mean_ns_median") / 1e9
    if in_flight < IDLE_WORKERS * case.concurrency or in_flight > case.get("workers") * LEEWAY:
        return (
            f"throughput times mean latency says {in_flight:.1f} in flight on average, "
            f"{case.concurrency:.0f} are declared"
        )
    return ""


def find_busy_server(case: Evidence) -> str:
    """A server or load generator that may itself be what was measured."""
    for name, cpu_ns in case.list_fixtures("cpu_ns"):
        busy = cpu_ns / case.get("elapsed_ns_median")
        if busy > BUSY:
            return f"{name} was busy {busy:.0%} of a core"
    return ""


def find_heavy_server(case: Evidence) -> str:
    """A server that used more processor time than its clients."""
    client_ns = case.get("user_ns_median") + case.get("system_ns_median")
    for name, cpu_ns in case.list_fixtures("cpu_ns"):
        if cpu_ns > client_ns and cpu_ns > AWAKE * case.get("elapsed_ns_median"):
            return f"{name} used {cpu_ns / client_ns:.2f} times its clients' processor time"
    return ""


def find_swapping(case: Evidence) -> str:
    """Memory that did not suffice."""
    swapped = [each for each in case.swapped_bytes if each > 0]
    if swapped:
        return f"{sum(swapped) / MIB:.0f} MiB were swapped during {len(swapped)} of its runs"
    return ""


def find_drift(case: Evidence) -> str:
    """Times that went one way over the rounds: Kendall's rank correlation, the last third over the first."""
    times = np.asarray(case.elapsed_ns)
    if len(times) < 6 or np.ptp(times) == 0:
        return ""
    third = len(times) // 3
    change = float(np.median(times[-third:]) / np.median(times[:third])) - 1
    p = float(scipy.stats.kendalltau(np.arange(len(times)), times).pvalue)
    if p < (1 - CONFIDENCE) / 5 and abs(change) > 2 * case.precision:
        return f"its last rounds took {change:+.0%} compared with its first (p = {p:.2g})"
    return ""


def find_coarse_clock(case: Evidence) -> str:
    """Runs so short that the clock's own steps are seen."""
    steps = case.get("elapsed_ns_median") / case.clock_step_ns
    if steps < FEW_STEPS:
        return f"it took {steps:.0f} steps of this machine's clock, of {case.clock_step_ns} ns each"
    return ""


RULES: dict[str, Callable[[Evidence], str]] = {
    "super_ideal": find_super_ideal,
    "scales_under_lock": find_scaling_under_lock,
    "unseen_concurrency": find_unseen_concurrency,
    "littles_law": find_littles_law,
    "busy_server": find_busy_server,
    "heavy_server": find_heavy_server,
    "swapping": find_swapping,
    "drift": find_drift,
    "coarse_clock": find_coarse_clock,
}

# What a mark means, for those who see only its name.
MEANINGS = {
    "super_ideal": "faster than this machine allows",
    "scales_under_lock": "threads that scale although they share a lock",
    "unseen_concurrency": "fewer or more in flight than declared, as the server saw it",
    "littles_law": "throughput × latency does not match what is declared to be in flight",
    "busy_server": "a server busier than 80 % of a core",
    "heavy_server": "a server that used more processor time than its clients",
    "swapping": "the machine swapped",
    "drift": "times that went one way over the rounds",
    "coarse_clock": "too short for this machine's clock",
}


NO_MARKS = pd.DataFrame({"case": [], "rule": [], "sentence": []}, dtype="str")


def find_marks(
    cases: Sequence[Case],
    summary: pd.DataFrame,
    runs: pd.DataFrame,
    declarations: Declarations,
    calibration: Calibration,
) -> pd.DataFrame:
    """Ask every rule about every case that was measured; returns a row a mark: case, rule, sentence."""
    timed = (runs["status"] == "ok") & (runs["phase"] == "time")
    seen = runs.loc[timed, ["case", "round", "elapsed_ns", "swapped_bytes"]].sort_values("round")
    by_case = {str(name): mine for name, mine in seen.groupby("case", observed=True)}
    rows: dict[str, Mapping[str, Any]] = {row["case"]: row for row in summary.to_dict("records")}  # type: ignore[misc]
    marks = []
    for case in cases:
        if case.id in by_case:
            evidence = gather(case, rows[case.id], by_case[case.id], declarations, calibration)
            found = ((rule, look(evidence)) for rule, look in RULES.items())
            marks += [(case.id, rule, sentence) for rule, sentence in found if sentence]
    return pd.DataFrame(marks, columns=NO_MARKS.columns, dtype="str")


def gather(
    case: Case,
    row: Mapping[str, float],
    mine: pd.DataFrame,
    declarations: Declarations,
    calibration: Calibration,
) -> Evidence:
    """Gather what is known of one case."""
    language, workload = declarations.languages[case.language], declarations.workloads[case.workload]
    has_lock = bool(language.lock) and re.fullmatch(language.lock, case.runtime) is not None
    numbers = {name: value for name, value in row.items() if isinstance(value, int | float)}
    return Evidence(
        row=numbers | {"units": case.units, "workers": case.workers},
        kind=case.kind,
        limit=calibration.limit(case.workers),
        locked=has_lock and language.models[case.model].under_lock and not workload.releases_lock,
        precision=row["precision"],
        clock_step_ns=calibration.clock_step_ns or 1,
        elapsed_ns=mine["elapsed_ns"].to_numpy(dtype=float).tolist(),
        swapped_bytes=mine["swapped_bytes"].to_numpy(dtype=float, na_value=0.0).tolist(),
    )


def add_marks(summary: pd.DataFrame, marks: pd.DataFrame) -> pd.DataFrame:
    """Add the names of the rules that a case tripped, separated by spaces."""
    names = marks.groupby("case")["rule"].agg(" ".join).to_dict()
    return summary.assign(marks=[names.get(case, "") for case in summary["case"]])
