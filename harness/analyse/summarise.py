"""Summarise: runs.csv becomes summary.csv, one row a case; what a chart shows stands in it, or beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from harness.estimates import UNKNOWN, Estimate, Floats, estimate_sessions
from harness.plan.cases import Case
from harness.plan.declarations import Workload
from harness.plan.quantities import STANDARD, TIMED, WEIGHED
from harness.store.collate import IDENTITY, TEXTS, identify, to_floats
from harness.store.folder import Effort

NOT_SUMMARISED = {"case", *IDENTITY, *TEXTS, "session", "round", "order", "repeat", "result", "swapped_bytes"}


def summarise(
    cases: Sequence[Case], runs: pd.DataFrame, workloads: Mapping[str, Workload], effort: Effort
) -> pd.DataFrame:
    """Make the table of all cases: status, rounds, and each quantity's median with its interval."""
    good = runs[(runs["status"] == "ok") & (runs["round"] > 0)]
    timed, weighed = good[good["phase"] == "time"], good[good["phase"] == "memory"]
    names = [case.id for case in cases]
    summary = pd.concat(
        [
            pd.DataFrame.from_records([identify(case) for case in cases]),
            find_states(cases, runs),
            pd.DataFrame(
                {
                    "sessions": count_distinct(names, good, ["session"]),
                    "timed_rounds": count_distinct(names, timed, ["session", "round"]),
                    "memory_rounds": count_distinct(names, weighed, ["session", "round"]),
                }
            ),
            describe(names, cases, good),
        ],
        axis=1,
    )
    return add_precision(summary, cases, workloads, effort)


def find_states(cases: Sequence[Case], runs: pd.DataFrame) -> pd.DataFrame:
    """Return each case's status and reason: the first failure under the clock, else of the memory pass.

    A failure of the memory pass does not undo good times: there the status is `ok`, and the reason says it.
    """
    by_case = {str(name): mine for name, mine in runs.groupby("case", sort=False)}
    rows = []
    for case in cases:
        mine = by_case.get(case.id)
        if mine is None:
            planned = ("unmeasured", "the run ended before its turn")
            rows.append(planned if case.status == "planned" else (case.status, case.reason))
            continue
        timed = mine[mine["phase"] == "time"]
        decisive = timed if len(timed) else mine
        failures = decisive[decisive["status"] != "ok"]
        others = mine[mine["status"] != "ok"]
        if len(failures):
            rows.append(tuple(failures.iloc[0][["status", "reason"]]))
        elif len(others):
            status, reason = others.iloc[0][["status", "reason"]]
            rows.append(("ok", f"in the memory pass: {status}: {reason}"))
        else:
            rows.append(("ok", ""))
    return pd.DataFrame(rows, columns=["status", "reason"])


def count_distinct(names: Sequence[str], runs: pd.DataFrame, columns: list[str]) -> list[int]:
    """Count how many different sessions, or rounds, each case has."""
    counts = runs[["case", *columns]].drop_duplicates()["case"].value_counts()
    return [int(counts.get(name, 0)) for name in names]


def list_quantities(runs: pd.DataFrame, cases: Sequence[Case]) -> list[str]:
    """List the columns that are summarised: all numbers that can differ from run to run."""
    arguments = {name for case in cases for name in case.arguments}
    own = [name for name in runs.columns if name not in NOT_SUMMARISED | arguments | set(STANDARD)]
    return [*TIMED, *WEIGHED, "completed", *own]


def describe(names: Sequence[str], cases: Sequence[Case], good: pd.DataFrame) -> pd.DataFrame:
    """Estimate each quantity of each case: its median, and the ends of its interval.

    Times are those of the rounds only; what else runs tell is too, where there are rounds.
    """
    quantities = list_quantities(good, cases)
    rows: dict[str, dict[str, float]] = {name: {} for name in names}
    for name, mine in good.groupby("case", sort=False):
        timed, weighed = (mine[mine["phase"] == phase] for phase in ("time", "memory"))
        other = timed if len(timed) else weighed
        for quantity in quantities:
            rows_of = timed if quantity in TIMED else weighed if quantity in WEIGHED else other
            found = estimate_column(to_floats(rows_of[quantity]), rows_of["session"].to_numpy())
            ends = zip(Estimate._fields, found, strict=True)
            rows[str(name)] |= {f"{quantity}_{end}": value for end, value in ends}
    columns = [f"{quantity}_{end}" for quantity in quantities for end in Estimate._fields]
    return pd.DataFrame(list(rows.values()), columns=columns, dtype=float)


def estimate_column(values: Floats, sessions: Floats) -> Estimate:
    """Estimate the median of a column's numbers over its sessions."""
    real = ~np.isnan(values)
    if not real.any():
        return UNKNOWN
    values, sessions = values[real], sessions[real]
    return estimate_sessions([values[sessions == each] for each in np.unique(sessions)])


def add_precision(
    summary: pd.DataFrame, cases: Sequence[Case], workloads: Mapping[str, Workload], effort: Effort
) -> pd.DataFrame:
    """Add which quantity is judged, how wide its interval is, and whether it is as narrow as was asked for."""
    judged = [workloads[case.workload].judged.quantity for case in cases]
    ends = [
        tuple(row.get(f"{name}_{end}", np.nan) for end in Estimate._fields)
        for name, (_, row) in zip(judged, summary.iterrows(), strict=True)
    ]
    widths = [Estimate(*each).relative_width if each[0] == each[0] else np.nan for each in ends]
    asked = [effort.precision[workloads[case.workload].kind] for case in cases]
    return summary.assign(
        judged=judged,
        judged_width=[width if np.isfinite(width) else np.nan for width in widths],
        precision=asked,
        precise=[bool(width <= limit) for width, limit in zip(widths, asked, strict=True)],
    )
