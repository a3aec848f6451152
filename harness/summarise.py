"""Summarise: runs.csv becomes summary.csv, one row a case; every number of a chart stands in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from harness.collate import identify
from harness.estimates import (
    UNKNOWN,
    Estimate,
    Floats,
    compare,
    correct,
    estimate_groups,
    estimate_ratio,
    judge_speedup,
)
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
MEMORY = ("peak_bytes", "idle_bytes", "work_bytes")


def summarise(cases: Sequence[Case], runs: pd.DataFrame, precision: Mapping[str, float]) -> pd.DataFrame:
    """Make the table of all cases: status, rounds, and each quantity's median with its 95 % interval."""
    good = runs[(runs["status"] == "ok") & (runs["round"] > 0)]
    timed, watched = good[good["phase"] == "time"].copy(), good[good["phase"] == "memory"]
    timed["throughput_per_s"] = timed["units"] / timed["elapsed_ns"] * 1e9
    timed["cpu_ns_per_unit"] = (timed["user_ns"] + timed["system_ns"]) / timed["units"]
    own = [name for name in runs.columns if name.startswith(("metric_", "fixture_"))]
    identities = pd.DataFrame.from_records([identify(case) for case in cases])
    names = pd.Index(identities["case"])
    summary = pd.concat(
        [
            identities,
            pd.DataFrame({"studies": [" ".join(case.studies) for case in cases]}),
            pd.DataFrame({"baseline": [case.baseline for case in cases]}),
            find_states(cases, runs),
            pd.DataFrame({"rounds": count_rows(names, timed), "memory_rounds": count_rows(names, watched)}),
            describe(names, timed, [*QUANTITIES, *own]),
            describe(names, watched, MEMORY),
            describe_speedups(cases, timed),
        ],
        axis=1,
    )
    return add_certainty(summary, cases, precision)


def find_states(cases: Sequence[Case], runs: pd.DataFrame) -> pd.DataFrame:
    """Return each case's status and reason: the first failure if there is one."""
    names = pd.Index([case.id for case in cases])
    main = np.where([case.timed for case in cases], "time", "memory")  # what a case is there for
    done = pd.MultiIndex.from_arrays([names, main]).isin(pd.MultiIndex.from_frame(runs[["case", "phase"]]))
    states = pd.DataFrame({"status": "unmeasured", "reason": "the run ended before its turn"}, index=names)
    states.loc[done, ["status", "reason"]] = ["ok", ""]
    failures = runs[(runs["status"] != "ok") & runs["case"].isin(names)].drop_duplicates("case")
    for column in ("status", "reason"):
        states.loc[failures["case"], column] = failures[column].astype(object).fillna("").tolist()
    return states.reset_index(drop=True)


def count_rows(names: pd.Index[str], runs: pd.DataFrame) -> list[int]:
    """Count each case's runs."""
    return runs["case"].value_counts().reindex(names, fill_value=0).astype(int).tolist()


def describe(names: pd.Index[str], runs: pd.DataFrame, quantities: Sequence[str]) -> pd.DataFrame:
    """Estimate each quantity of each case: its median and the ends of its interval."""
    groups = names.get_indexer(pd.Index(runs["case"]))
    columns: dict[str, Floats] = {}
    for quantity in quantities:
        values = runs[quantity].to_numpy(dtype=float, na_value=np.nan)
        found = estimate_groups(groups, values, len(names))[:3]
        columns |= {f"{quantity}_{end}": each for end, each in zip(Estimate._fields, found, strict=True)}
    return pd.DataFrame(columns)


def describe_speedups(cases: Sequence[Case], timed: pd.DataFrame) -> pd.DataFrame:
    """Estimate how many times faster each case is than its baseline, from pairs of the same round.

    What the differences amount to is said after Holm's correction over all comparisons of the run.
    """
    times = {
        str(name): mine.set_index("round")["elapsed_ns"].astype(float)
        for name, mine in timed.groupby("case", sort=False)
    }
    found = [compare_with_baseline(case, times) for case in cases]
    corrected = correct([p for _, p in found])
    rows = [
        {
            **{f"speedup_{end}": value for end, value in speedup._asdict().items()},
            "speedup_p": p,
            "verdict": judge_speedup(speedup, p),
        }
        for (speedup, _), p in zip(found, corrected, strict=True)
    ]
    return pd.DataFrame.from_records(rows)


def compare_with_baseline(case: Case, times: Mapping[str, pd.Series[float]]) -> tuple[Estimate, float]:
    """Estimate one case's speed-up, and the p-value of there being none, before any correction."""
    if case.id not in times or case.baseline not in times:
        return UNKNOWN, np.nan
    if case.baseline == case.id:
        return Estimate(1.0, 1.0, 1.0), np.nan  # the baseline is not a comparison
    before, after = times[case.baseline].align(times[case.id], join="inner")
    if before.empty:
        return UNKNOWN, np.nan
    return estimate_ratio(before.tolist(), after.tolist()), compare(before.tolist(), after.tolist())


def add_certainty(
    summary: pd.DataFrame, cases: Sequence[Case], precision: Mapping[str, float]
) -> pd.DataFrame:
    """Add how wide the interval of each time became, and whether that is as narrow as was asked for."""
    half = (summary["elapsed_ns_high"] - summary["elapsed_ns_low"]) / 2
    summary["elapsed_width"] = half / summary["elapsed_ns_median"]
    summary["precision"] = [precision[case.kind] for case in cases]
    summary["certain"] = summary["elapsed_width"] <= summary["precision"]
    return summary
