"""Weight: what one more worker, or one more unit, adds to the peak memory: the slope of a straight line.

Ordinary least squares through all runs of the memory pass (scipy.stats.linregress), with 95 % t-intervals.
The runs of the largest case have the most to say; that a line fits them all is not taken for granted (r²).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pandas as pd
import scipy

from harness.estimates import CONFIDENCE
from harness.fits import Fit, Line
from harness.plan import Case

FEWEST_PLACES = 3
STRAIGHT = 0.8  # r² of what may be called a line, unless it may be level
SLOPES = {"bytes_per_worker": "worker count", "bytes_per_unit": "number of units"}
"""The fits that are made here, and what is varied in each."""


def fit_workers(cases: Sequence[Case], runs: pd.DataFrame, _: Mapping[str, object]) -> list[Fit]:
    """Fit bytes a worker to each implementation."""
    return fit("bytes_per_worker", cases, runs, lambda case: case.workers)


def fit_units(cases: Sequence[Case], runs: pd.DataFrame, _: Mapping[str, object]) -> list[Fit]:
    """Fit bytes a unit to each implementation."""
    return fit("bytes_per_unit", cases, runs, lambda case: case.units)


def fit(name: str, cases: Sequence[Case], runs: pd.DataFrame, place: Callable[[Case], int]) -> list[Fit]:
    """Fit a line to every group of cases that were run, or say why not; `place` gives a case its x."""
    failed = set(runs.loc[runs["status"] != "ok", "case"])
    good = runs[(runs["phase"] == "memory") & runs["peak_bytes"].notna() & ~runs["case"].isin(failed)]
    measured = set(good["case"])
    rows = []
    for line, members in group_lines([case for case in cases if case.id in measured], place).items():
        places = {case.id: place(case) for case in members}
        mine = good[good["case"].isin(places)]
        points = pd.DataFrame({"x": mine["case"].astype(str).map(places), "y": mine["peak_bytes"]})
        counts = sorted(set(places.values()))
        base = Fit(*line, name, points=len(members), first=counts[0], last=counts[-1])
        reason = refuse(counts, SLOPES[name])
        rows += [base._replace(reason=reason)] if reason else fit_line(base, points.astype(float))
    return rows


def refuse(counts: Sequence[int], varied: str) -> str:
    """Say why there are too few places for a line; empty if there are enough."""
    if len(counts) >= FEWEST_PLACES:
        return ""
    listed = ", ".join(f"{count:,}" for count in counts)
    return f"measured at {varied} {listed} only, a line needs {FEWEST_PLACES} of them"


def group_lines(cases: Sequence[Case], place: Callable[[Case], int]) -> dict[Line, list[Case]]:
    """Group cases of one implementation that differ in x, and in what follows from x only.

    An argument that has several values at the same x is a sweep of its own: each of them has its line.
    """
    groups: dict[tuple[str, ...], list[Case]] = {}
    for case in cases:
        groups.setdefault((case.workload, case.language, case.runtime, case.model), []).append(case)
    lines: dict[Line, list[Case]] = {}
    for identity, members in groups.items():
        following = find_following(members, place)
        for case in members:
            words = [f"{name}={value}" for name, value in case.arguments.items() if name not in following]
            lines.setdefault(Line._make([*identity, " ".join(words)]), []).append(case)
    return lines


def find_following(cases: Sequence[Case], place: Callable[[Case], int]) -> set[str]:
    """Find the arguments that change with x and have one value at each x."""
    values: dict[str, dict[int, set[int]]] = {}
    for case in cases:
        for name, value in case.arguments.items():
            values.setdefault(name, {}).setdefault(place(case), set()).add(value)
    return {
        name
        for name, by_place in values.items()
        if len(set().union(*by_place.values())) > 1 and all(len(found) == 1 for found in by_place.values())
    }


def fit_line(base: Fit, points: pd.DataFrame) -> list[Fit]:
    """Fit one line: its slope, its height at 0 and r², or a refusal; `base` has what the rows share."""
    found = scipy.stats.linregress(points["x"], points["y"])
    quantile = float(scipy.stats.t.ppf((1 + CONFIDENCE) / 2, len(points) - 2))
    straightness = float(found.rvalue**2)
    level = abs(found.slope) <= quantile * found.stderr  # then the answer is that it weighs nothing
    if straightness < STRAIGHT and not level:
        return [base._replace(reason=f"a straight line tells only {straightness:.0%} of the differences")]
    base = base._replace(chosen=True)
    rows = []
    for name, value, error in (
        (base.fit, float(found.slope), float(found.stderr)),
        ("intercept_bytes", float(found.intercept), float(found.intercept_stderr)),
    ):
        reach = quantile * error
        rows.append(base._replace(parameter=name, value=value, low=value - reach, high=value + reach))
    return [*rows, base._replace(parameter="r_squared", value=straightness)]
