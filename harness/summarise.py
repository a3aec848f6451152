"""Summarise: runs.csv becomes summary.csv, one row a case; every number of a chart stands in it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd

from harness.collate import identify
from harness.declare import Declarations
from harness.estimates import CONFIDENCE, Estimate, compare, correct, estimate, estimate_ratio
from harness.plan import Case

QUANTITIES = (
    "elapsed_ns",
    "wall_ns",
    "startup_ns",
    "user_ns",
    "system_ns",
    "voluntary_switches",
    "involuntary_switches",
    "throughput_per_s",
    "cores_used",
    "cpu_ns_per_unit",
)


def summarise(
    declarations: Declarations, cases: Sequence[Case], runs: pd.DataFrame, precision: dict[str, float]
) -> pd.DataFrame:
    """Make the table of all cases: status, rounds, and each quantity's median with its 95 % interval."""
    timed = runs[(runs["status"] == "ok") & (runs["round"] > 0)].copy()
    timed["throughput_per_s"] = timed["units"] / timed["elapsed_ns"] * 1e9
    cpu_ns = timed["user_ns"] + timed["system_ns"]
    timed["cores_used"] = cpu_ns / timed["wall_ns"]
    timed["cpu_ns_per_unit"] = cpu_ns / timed["units"]
    by_case = dict(tuple(timed.groupby("case", sort=False)))
    nothing = timed.iloc[:0]
    baselines = find_baselines(declarations, cases)
    rows = []
    for case in cases:
        mine = by_case.get(case.id, nothing)
        baseline = by_case.get(baselines.get(case.id, ""), nothing)
        rows.append(
            {
                **identify(case),
                "studies": " ".join(case.studies),
                **find_status(case, runs),
                "rounds": len(mine),
                **describe(mine),
                **describe_speedup(mine, baseline),
                "certain": is_certain(mine, precision[case.kind]),
            }
        )
    return add_verdicts(pd.DataFrame.from_records(rows))


def add_verdicts(summary: pd.DataFrame) -> pd.DataFrame:
    """Add what the speed-ups amount to: `faster`, `slower`, or `no measurable difference`.

    A difference needs both: an interval without 1, and a paired t-test that stays below 5 % after Holm's
    correction over all comparisons of the run.
    """
    summary["speedup_p"] = correct(summary["speedup_p"].tolist())
    sure = summary["speedup_p"] < 1 - CONFIDENCE
    summary["verdict"] = ""
    summary.loc[summary["speedup_p"].notna(), "verdict"] = "no measurable difference"
    summary.loc[sure & (summary["speedup_low"] > 1), "verdict"] = "faster"
    summary.loc[sure & (summary["speedup_high"] < 1), "verdict"] = "slower"
    return summary


def find_status(case: Case, runs: pd.DataFrame) -> dict[str, str]:
    """Return a case's status and reason: the first failure if there is one."""
    mine = runs[runs["case"] == case.id]
    failures = mine[mine["status"] != "ok"]
    if not failures.empty:
        return {"status": str(failures.iloc[0]["status"]), "reason": str(failures.iloc[0]["reason"])}
    if mine.empty:
        return {"status": "unmeasured", "reason": "the run ended before its turn"}
    return {"status": "ok", "reason": ""}


def describe(mine: pd.DataFrame) -> dict[str, float]:
    """Estimate every quantity of one case, the workload's and the fixtures' own included."""
    own = [name for name in mine.columns if name.startswith(("metric_", "fixture_"))]
    columns: dict[str, float] = {}
    for name in (*QUANTITIES, *own):
        values = mine[name].dropna().tolist()
        if values:
            columns |= spell(name, estimate(values))
    return columns


def spell(name: str, value: Estimate) -> dict[str, float]:
    """Spell an estimate out in three columns."""
    return {f"{name}_median": value.median, f"{name}_low": value.low, f"{name}_high": value.high}


def find_baselines(declarations: Declarations, cases: Sequence[Case]) -> dict[str, str]:
    """Map each case to the one of its language's baseline model that does the same work."""

    def work(case: Case) -> tuple[object, ...]:
        return case.workload, case.language, case.runtime, tuple(sorted(case.arguments.items()))

    alone = {
        work(case): case.id for case in cases if case.model == declarations.languages[case.language].baseline
    }
    return {case.id: alone[work(case)] for case in cases if work(case) in alone}


def describe_speedup(mine: pd.DataFrame, baseline: pd.DataFrame) -> dict[str, float]:
    """Estimate how many times faster a case is than its baseline, from pairs of the same round."""
    pairs = mine.merge(baseline, on="round", suffixes=("", "_baseline"))
    if pairs.empty:
        return {**spell("speedup", Estimate(math.nan, math.nan, math.nan)), "speedup_p": math.nan}
    before, after = pairs["elapsed_ns_baseline"].tolist(), pairs["elapsed_ns"].tolist()
    p = math.nan if before == after else compare(before, after)  # the baseline is not a comparison
    return {**spell("speedup", estimate_ratio(before, after)), "speedup_p": p}


def is_certain(mine: pd.DataFrame, precision: float) -> bool:
    """Tell whether the interval of a case's time is as narrow as it was asked to be."""
    return len(mine) > 1 and estimate(mine["elapsed_ns"].tolist()).relative_width <= precision
