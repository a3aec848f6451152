"""Fits: models fitted to the cases of each implementation, or why there are none; they become fits.csv.

`usl`, the Universal Scalability Law: the speed-up of N workers is N / (1 + σ(N-1) + κN(N-1)): σ is the share of the
work that only one at a time can do, κ the cost of keeping each pair of workers in agreement (Gunther 1993, "A simple
capacity model of massively parallel transaction systems", CMG; 2007, "Guerrilla Capacity Planning", Springer). With
κ = 0 it is Amdahl's law. Only worker counts up to the machine's cores are fitted: beyond, it is cores that are missing.

`slope`: a straight line through all runs (scipy's linregress), with 95 % t intervals.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import scipy

from harness.analyse.comparisons import Rounds, gather_rounds
from harness.estimates import CONFIDENCE, Floats, pair_round
from harness.plan.cases import Case, Comparison
from harness.plan.declarations import Fit, Workload

FEWEST_POINTS, FEWEST_ROUNDS = 4, 5
FEWEST_PLACES = 3
RESAMPLES = 400
STRAIGHT = 0.8  # r² of what may be called a line, unless it may be level
NEGLIGIBLE = 1e-6


class Line(NamedTuple):
    """What all cases of a fit have in common."""

    workload: str
    language: str
    runtime: str
    model: str


class Row(NamedTuple):
    """A row of fits.csv: one parameter of a fitted model, or one refusal."""

    workload: str
    language: str
    runtime: str
    model: str
    law: str
    parameter: str = ""
    """Its unit is in its name, where it has one; empty for a refusal."""
    value: float = math.nan
    low: float = math.nan
    """The lower end of the 95 % interval."""
    high: float = math.nan
    points: int = 0
    """How many cases it was fitted to, or would have been."""
    first: float = math.nan
    """The least of x among them."""
    last: float = math.nan
    reason: str = ""
    """Why there is none; empty unless it was refused."""


def fit_all(
    fits: Sequence[Fit],
    cases: Sequence[Case],
    comparisons: Sequence[Comparison],
    runs: pd.DataFrame,
    workloads: Mapping[str, Workload],
    cores: int,
) -> pd.DataFrame:
    """Make every fit that a study asks for, for each implementation."""
    lines: dict[Line, list[Case]] = {}
    for case in cases:
        lines.setdefault(Line(case.workload, case.language, case.runtime, case.model), []).append(case)
    rounds = gather_rounds(cases, runs, workloads)
    rows: list[Row] = []
    for fit in fits:
        for line, members in lines.items():
            if fit.law == "usl":
                rows += fit_usl(line, members, comparisons, rounds, cores)
            else:
                rows += fit_slope(line, members, runs, fit)
    return pd.DataFrame(rows, columns=list(Row._fields))


def fit_slope(line: Line, cases: Sequence[Case], runs: pd.DataFrame, fit: Fit) -> list[Row]:
    """Fit a straight line to one implementation's runs, or say why not."""
    mine = runs[runs["case"].isin([case.id for case in cases]) & (runs["status"] == "ok")]
    if fit.x not in mine or fit.y not in mine:
        return []
    points = mine[["case", fit.x, fit.y]].dropna().astype({fit.x: float, fit.y: float})
    places = points.groupby("case")[fit.x].median()
    if points.empty:
        return []
    base = Row(
        *line, fit.law, points=len(places), first=float(points[fit.x].min()), last=float(points[fit.x].max())
    )
    if places.nunique() < FEWEST_PLACES:
        return [
            base._replace(reason=f"measured at {places.nunique()} places only, a line needs {FEWEST_PLACES}")
        ]
    found = scipy.stats.linregress(points[fit.x], points[fit.y])
    reach = float(scipy.stats.t.ppf((1 + CONFIDENCE) / 2, len(points) - 2))
    if found.rvalue**2 < STRAIGHT and abs(found.slope) > reach * found.stderr:
        return [base._replace(reason=f"a straight line tells only {found.rvalue**2:.0%} of the differences")]
    rows = []
    for name, value, error in (
        (fit.parameter, float(found.slope), float(found.stderr)),
        ("intercept", float(found.intercept), float(found.intercept_stderr)),
    ):
        rows.append(
            base._replace(parameter=name, value=value, low=value - reach * error, high=value + reach * error)
        )
    return rows


def fit_usl(
    line: Line,
    cases: Sequence[Case],
    comparisons: Sequence[Comparison],
    rounds: Mapping[str, Rounds],
    cores: int,
) -> list[Row]:
    """Fit the law to one implementation's speed-ups, or say why not."""
    against = {each.case: each.against for each in comparisons}
    used = sorted(
        (case for case in cases if case.id in against and case.workers <= cores),
        key=lambda each: each.workers,
    )
    if not any(case.id in against for case in cases):
        return []
    ratios = [flatten(rounds[case.id], rounds[against[case.id]]) for case in used]
    shared = set.intersection(*map(set, ratios)) if ratios else set()
    counts = np.array([case.workers for case in used], dtype=float)
    base = Row(*line, "usl", points=len(used))
    if len(used) < FEWEST_POINTS:
        reason = f"{len(used)} numbers of workers up to the {cores} cores of this machine, a fit needs {FEWEST_POINTS}"
        return [base._replace(reason=reason)]
    base = base._replace(first=counts[0], last=counts[-1])
    if len(shared) < FEWEST_ROUNDS:
        return [
            base._replace(
                reason=f"{len(shared)} rounds that all worker counts share, a fit needs {FEWEST_ROUNDS}"
            )
        ]
    logarithms = np.array([[each[place] for place in sorted(shared)] for each in ratios])
    if not beats_constants(counts, np.median(logarithms, axis=1)):
        return [base._replace(reason="the fit is no better than a constant")]
    low, value, high = resample(counts, logarithms)
    return [
        base._replace(parameter=name, value=float(value[i]), low=float(low[i]), high=float(high[i]))
        for i, name in enumerate(("sigma", "kappa"))
    ]


def flatten(mine: Rounds, others: Rounds) -> dict[tuple[int, int], float]:
    """Return the logarithm of the ratio of each session and round that have both."""
    return {place: pair_round(mine[place], others[place]) for place in mine.keys() & others.keys()}


def solve(workers: Floats, logarithms: Floats) -> Floats:
    """Fit σ in 0 … 1 and κ ≥ 0 by least squares of the relative errors of the time.

    The time on N workers, as a share of that on one, is (1 + σ(N-1) + κN(N-1)) / N: linear in σ and κ.
    """
    scale = np.exp(logarithms) / workers
    costs = np.stack([workers - 1, workers * (workers - 1)], axis=-1) * scale[:, np.newaxis]
    return np.asarray(scipy.optimize.lsq_linear(costs, 1 - scale, (0.0, [1.0, np.inf]), method="bvls").x)


def predict(workers: Floats, sigma: float, kappa: float) -> Floats:
    """Return the speed-up over one worker that the law says."""
    return np.asarray(workers / (1 + sigma * (workers - 1) + kappa * workers * (workers - 1)))


def resample(workers: Floats, logarithms: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the parameters with their 95 % intervals: rounds are drawn anew, each whole (bootstrap)."""
    random = np.random.default_rng(0)
    count = logarithms.shape[1]
    drawn = [
        solve(workers, np.median(logarithms[:, random.integers(0, count, count)], axis=1))
        for _ in range(RESAMPLES)
    ]
    tail = 100 * (1 - CONFIDENCE) / 2
    low, high = np.percentile(drawn, (tail, 100 - tail), axis=0)
    return low, solve(workers, np.median(logarithms, axis=1)), high


def beats_constants(workers: Floats, logarithms: Floats) -> bool:
    """Tell whether the law predicts each point from the others better than their mean does, or no speed-up at all."""
    errors = np.zeros(3)
    for i, count in enumerate(workers):
        others = np.arange(len(workers)) != i
        parameters = solve(workers[others], logarithms[others])
        guesses = [
            float(np.log(predict(np.array(count), *parameters))),
            float(logarithms[others].mean()),
            0.0,
        ]
        errors += (np.array(guesses) - logarithms[i]) ** 2
    return bool(errors[0] < errors[1:].min())
