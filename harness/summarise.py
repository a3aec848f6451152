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
    compare_in_blocks,
    correct,
    estimate_groups,
    estimate_ratio,
    find_ratio_width,
    judge_speedup,
)
from harness.plan import Case
from harness.records import SCHEMA_VERSION

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
    good = (runs["status"] == "ok") & (runs["round"] > 0)
    timed, watched = runs[good & (runs["phase"] == "time")], runs[good & (runs["phase"] == "memory")]
    timed = timed.assign(
        throughput_per_s=timed["units"] / timed["elapsed_ns"] * 1e9,
        cpu_ns_per_unit=(timed["user_ns"] + timed["system_ns"]) / timed["units"],
    )
    own = [name for name in runs.columns if name.startswith(("metric_", "fixture_"))]
    identities = pd.DataFrame.from_records([identify(case) for case in cases])
    names = pd.Index(identities["case"])
    summary = pd.concat(
        [
            identities,
            pd.DataFrame(
                {"schema_version": SCHEMA_VERSION, "studies": [" ".join(case.studies) for case in cases]}
            ),
            pd.DataFrame(
                {"baseline": [case.baseline for case in cases], "work": [case.work for case in cases]}
            ),
            find_states(cases, runs),
            pd.DataFrame({"rounds": count_rows(names, timed), "memory_rounds": count_rows(names, watched)}),
            describe(names, timed, [*QUANTITIES, *own]),
            describe(names, watched, MEMORY),
            pd.DataFrame({"memory_source": find_sources(names, watched)}),
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


def find_sources(names: pd.Index[str], watched: pd.DataFrame) -> list[str]:
    """Say of each case who watched its memory; empty for nobody."""
    sources = watched.drop_duplicates("case").set_index("case")["memory_source"].astype(object)
    return [str(source) for source in sources.reindex(names).fillna("")]


def describe(names: pd.Index[str], runs: pd.DataFrame, quantities: Sequence[str]) -> pd.DataFrame:
    """Estimate each quantity of each case: its median and the ends of its interval."""
    groups = names.get_indexer(pd.Index(runs["case"]))
    order = np.argsort(groups, kind="stable")  # once, for all quantities
    columns: dict[str, Floats] = {}
    for quantity in quantities:
        values = runs[quantity].to_numpy(dtype=float, na_value=np.nan)
        found = estimate_groups(groups[order], values[order], len(names))[:3]
        columns |= {f"{quantity}_{end}": each for end, each in zip(Estimate._fields, found, strict=True)}
    return pd.DataFrame(columns)


def describe_speedups(cases: Sequence[Case], timed: pd.DataFrame) -> pd.DataFrame:
    """Estimate how many times faster each case is than its baseline, from pairs of the same round.

    What the differences amount to is said after Holm's correction over all comparisons of the run. A copy,
    or another size of the same implementation, is compared as if timed in blocks, too.
    """
    by_round = timed.set_index("round")["elapsed_ns"].astype(float)
    by_case = by_round.groupby(timed["case"].array, sort=False, observed=True)
    times = {str(name): mine for name, mine in by_case}
    models = {case.id: case.model for case in cases}
    pairs = [find_pairs(case, times) for case in cases]
    found = [compare_with_baseline(*pair) for pair in pairs]
    alike = [case.id != case.baseline and models.get(case.baseline) == case.model for case in cases]
    blocks = [
        compare_in_blocks(*pair) if own else (UNKNOWN, np.nan) for pair, own in zip(pairs, alike, strict=True)
    ]
    widths = [find_ratio_width(*pair) if pair[0] else np.nan for pair in pairs]
    return pd.concat(
        [
            spell_comparisons("speedup", found),
            pd.DataFrame({"speedup_width": widths}).replace(np.inf, np.nan),
            spell_comparisons("blocks", blocks),
        ],
        axis=1,
    )


def spell_comparisons(name: str, found: Sequence[tuple[Estimate, float]]) -> pd.DataFrame:
    """Spell comparisons out in columns, with p-values corrected for their number and the verdicts."""
    rows = [
        {
            **{f"{name}_{end}": value for end, value in ratio._asdict().items()},
            f"{name}_p": p,
            "verdict" if name == "speedup" else f"{name}_verdict": judge_speedup(ratio, p),
        }
        for (ratio, _), p in zip(found, correct([p for _, p in found]), strict=True)
    ]
    return pd.DataFrame.from_records(rows)


def find_pairs(case: Case, times: Mapping[str, pd.Series[float]]) -> tuple[list[float], list[float]]:
    """Return the times of a case's baseline and of the case, of the rounds that have both."""
    if case.id not in times or case.baseline not in times:
        return [], []
    before, after = times[case.baseline].align(times[case.id], join="inner")
    return before.tolist(), after.tolist()


def compare_with_baseline(before: list[float], after: list[float]) -> tuple[Estimate, float]:
    """Estimate one case's speed-up, and the p-value of there being none, before any correction."""
    if not before:
        return UNKNOWN, np.nan
    if before == after:
        return Estimate(1.0, 1.0, 1.0), np.nan  # the baseline is not a comparison
    return estimate_ratio(before, after), compare(before, after)


def add_certainty(
    summary: pd.DataFrame, cases: Sequence[Case], precision: Mapping[str, float]
) -> pd.DataFrame:
    """Add how wide the interval of each time became, and whether it and the speed-up's are narrow enough."""
    half = (summary["elapsed_ns_high"] - summary["elapsed_ns_low"]) / 2
    summary["elapsed_width"] = half / summary["elapsed_ns_median"]
    summary["precision"] = [precision[case.kind] for case in cases]
    widest = summary[["elapsed_width", "speedup_width"]].max(axis=1)
    summary["certain"] = summary["elapsed_width"].notna() & (widest <= summary["precision"])
    return summary
