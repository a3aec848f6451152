"""Scaling: two models of how speed-up grows with the workers, fitted to measured points, or refused.

Amdahl's law, S(N) = N / (1 + σ(N-1)): the share σ of the work that only one worker at a time can do
(Amdahl 1967, "Validity of the single processor approach to achieving large scale computing capabilities",
AFIPS 30). The Universal Scalability Law, S(N) = N / (1 + σ(N-1) + κN(N-1)): also the cost κ of keeping each
pair of workers in agreement, by which more workers can become slower (Gunther 1993, "A simple capacity model
of massively parallel transaction systems", CMG; 2007, "Guerrilla Capacity Planning", Springer).

Only worker counts up to the machine's cores are fitted: beyond them it is the cores that are missing, and
neither law is about that.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import lsq_linear

from harness.estimates import Estimate, Floats, bootstrap_all
from harness.fits import Fit, Line, group_lines
from harness.plan import Case

PARAMETERS = {"amdahl": ("sigma",), "usl": ("sigma", "kappa")}
FEWEST_POINTS = 4
FEWEST_ROUNDS = 5
FEWEST_RESAMPLES, RESAMPLES, BATCH = 100, 400, 10
NEGLIGIBLE = 1e-6  # a κ that even at 100 workers costs 1 %

NO_BETTER = "the fit is no better than a constant"


class Points(NamedTuple):
    """What is fitted: one line's speed-ups."""

    workers: Floats
    logarithms: Floats
    """Of the speed-ups: one row a worker count, one column a round that all of them share."""

    @property
    def speedups(self) -> Floats:
        """The median of each worker count."""
        return np.asarray(np.exp(np.median(self.logarithms, axis=-1)))


def predict(workers: Floats, sigma: float, kappa: float = 0.0) -> Floats:
    """Return the speed-up over one worker that the models say; with κ = 0 it is Amdahl's law."""
    return np.asarray(workers / (1 + sigma * (workers - 1) + kappa * workers * (workers - 1)))


def fit(cases: Sequence[Case], runs: pd.DataFrame, environment: Mapping[str, object]) -> list[Fit]:
    """Fit both models to every line of a study's cases, in the order of the plan."""
    times = tabulate_times(cases, runs)
    cores = environment.get("usable_cores")
    rows = []
    for line, members in group_lines([case for case in cases if is_compared(case)]).items():
        measured = [case for case in members if {case.id, case.baseline} <= set(times)]
        if measured:
            rows += fit_line(line, measured, times, cores if isinstance(cores, int) else 0)
    return rows


def is_compared(case: Case) -> bool:
    """Tell whether a case is compared with another one, and is not a mere copy."""
    return case.copy == 1 and case.baseline not in ("", case.id)


def tabulate_times(cases: Sequence[Case], runs: pd.DataFrame) -> pd.DataFrame:
    """Return `elapsed_ns` by round and case, of the cases of which no run failed."""
    names = {name for case in cases for name in (case.id, case.baseline)}
    names -= set(runs.loc[runs["status"] != "ok", "case"])
    good = runs[runs["case"].isin(names) & (runs["round"] > 0) & (runs["phase"] == "time")]
    rounds = good.groupby(["case", "round"], observed=True)["elapsed_ns"].first()
    return rounds.astype(float).unstack("case")


def fit_line(line: Line, cases: Sequence[Case], times: pd.DataFrame, cores: int) -> list[Fit]:
    """Fit both models to one line, or say why not; `cores` is 0 where nobody knows."""
    used = sorted((case for case in cases if case.workers <= cores), key=lambda case: case.workers)
    counts = np.array([case.workers for case in used], dtype=float)
    names = [case.id for case in used], [case.baseline for case in used]
    shared = times[sorted({name for side in names for name in side})].dropna()
    base = Fit(*line, fit="", points=len(used))
    if used:
        base = base._replace(first=counts.min(), last=counts.max())
    reason = refuse([case.workers for case in used], len(shared), cores)
    if reason:
        return [base._replace(fit=name, reason=reason) for name in PARAMETERS]
    after, before = (shared[side].to_numpy() for side in names)
    return fit_points(base, Points(counts, np.log(before / after).T))


def refuse(counts: Sequence[int], rounds: int, cores: int) -> str:
    """Say why there are too few points or rounds for a fit; empty if there are enough."""
    if not cores:
        return "environment.json does not say how many cores this machine has"
    if len(counts) < FEWEST_POINTS:
        listed = f" ({', '.join(map(str, counts))})" if counts else ""
        return (
            f"{spell_count(len(counts), 'worker count')}{listed} up to the {spell_count(cores, 'core')} "
            f"of this machine, a fit needs {FEWEST_POINTS}"
        )
    if rounds < FEWEST_ROUNDS:
        shared = f"{spell_count(rounds, 'round')} that all worker counts have in common"
        return f"{shared}, an interval needs {FEWEST_ROUNDS}"
    return ""


def spell_count(count: int, name: str) -> str:
    """Spell a number of things, e.g. `2 cores`."""
    return f"{count} {name}" if count == 1 else f"{count} {name}s"


def fit_points(base: Fit, points: Points) -> list[Fit]:
    """Fit both models to enough points; `base` has what their rows share."""
    found = estimate(points)
    refused = [
        name for name in PARAMETERS if may_be_constant(found[name]) or not beats_constants(points, name)
    ]
    chosen = choose(found, refused)
    rows = []
    for name, parameters in found.items():
        row = base._replace(fit=name, chosen=name == chosen)
        if name in refused:
            rows.append(row._replace(reason=NO_BETTER))
            continue
        for parameter, (value, low, high) in parameters.items():
            rows.append(row._replace(parameter=parameter, value=value, low=low, high=high))
    return rows


def choose(found: Mapping[str, Mapping[str, Estimate]], refused: Sequence[str]) -> str:
    """Choose the fit to be drawn: with κ only where that is certainly above 0; empty if it was refused."""
    name = "usl" if "usl" not in refused and found["usl"]["kappa"].low > NEGLIGIBLE else "amdahl"
    return "" if name in refused else name


def estimate(points: Points) -> dict[str, dict[str, Estimate]]:
    """Estimate the parameters of both models, with their 95 % intervals.

    Rounds are drawn anew, each whole, and both models fitted to the medians: the intervals hold what the
    rounds differ by, not what a model misses.
    """

    def solve_all(logarithms: Floats, axis: int = -1) -> Floats:
        medians = np.median(logarithms, axis=axis)
        speedups = np.exp(medians.reshape(len(points.workers), -1)).T
        solved = [
            np.concatenate([solve(points.workers, each, name) for name in PARAMETERS]) for each in speedups
        ]
        return np.array([[*each, crowd(*each[1:])] for each in solved]).T.reshape(4, *medians.shape[1:])

    values = solve_all(points.logarithms)
    low, high = bootstrap_all(
        [points.logarithms], solve_all, fewest=FEWEST_RESAMPLES, most=RESAMPLES, batch=BATCH
    )
    amdahl, sigma, kappa, crowding = (
        Estimate(*map(float, each)) for each in zip(values, low, high, strict=True)
    )
    usl = {"sigma": sigma, "kappa": kappa}
    if kappa.median > NEGLIGIBLE:
        usl["peak_workers"] = Estimate(*map(find_peak, (crowding.median, crowding.high, crowding.low)))
    return {"amdahl": {"sigma": amdahl}, "usl": usl}


def solve(workers: Floats, speedups: Floats, name: str) -> Floats:
    """Fit one model, σ in 0 … 1 and κ ≥ 0, by least squares of the relative errors of the time.

    The time on N workers, as a share of that on one, is (1 + σ(N-1) + κN(N-1)) / N: linear in σ and κ, so
    scipy's bounded linear least squares find what its curve_fit finds, a hundred times as fast.
    """
    costs = np.stack([workers - 1, workers * (workers - 1)], axis=-1)[:, : len(PARAMETERS[name])]
    scale = speedups / workers
    bounds = (0.0, [1.0, np.inf][: len(PARAMETERS[name])])
    return np.asarray(lsq_linear(costs * scale[:, np.newaxis], 1 - scale, bounds, method="bvls").x)


def crowd(sigma: float, kappa: float) -> float:
    """Return κ / (1-σ), at most 1: a figure for the peak that is finite also where there is none."""
    return kappa / max(1 - sigma, kappa, NEGLIGIBLE)


def find_peak(crowding: float) -> float:
    """Return the workers at which the speed-up is highest, √((1-σ)/κ), at least 1; infinite without κ."""
    return math.inf if crowding <= NEGLIGIBLE else 1 / math.sqrt(crowding)


def may_be_constant(parameters: Mapping[str, Estimate]) -> bool:
    """Tell whether the intervals hold σ = 1 and κ = 0, with which the speed-up is 1 on any workers."""
    kappa = parameters.get("kappa")
    return parameters["sigma"].high > 1 - NEGLIGIBLE and (kappa is None or kappa.low < NEGLIGIBLE)


def beats_constants(points: Points, name: str) -> bool:
    """Tell whether a model predicts each point from the others better than a constant does.

    Two constants: the mean of the others, and 1, no speed-up at all. Errors are of logarithms, squared.
    """
    measured = np.log(points.speedups)
    errors = np.zeros(3)
    for i, count in enumerate(points.workers):
        others = np.arange(len(measured)) != i
        solved = solve(points.workers[others], points.speedups[others], name)
        guesses = np.array([np.log(predict(count, *solved)), measured[others].mean(), 0.0])
        errors += (guesses - measured[i]) ** 2
    return bool(errors[0] < errors[1:].min())
