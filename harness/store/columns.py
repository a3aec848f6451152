"""Columns: what a table must have for those who read it; it may have been changed since it was made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from harness.plan.cases import Case
from harness.plan.quantities import TIMED, WEIGHED
from harness.store.records import STATUSES

LARGEST = 1e20
IMPLEMENTATION = ("workload", "language", "model", "runtime")
SUMMARISED = [
    f"{name}_{end}" for name in (*TIMED, *WEIGHED, "completed") for end in ("median", "low", "high")
]
WHOLE = {
    "session",
    "round",
    "order",
    "repeat",
    "workers",
    "sessions",
    "rounds",
    "timed_rounds",
    "memory_rounds",
    "family",
    "index",
}
TEXTS = {
    "case",
    *IMPLEMENTATION,
    "phase",
    "status",
    "reason",
    "started_at",
    "memory_source",
    "judged",
    "marks",
    "note",
}
TEXTS |= {"against", "label", "quantity", "verdict", "words", "law", "parameter", "rule", "sentence", "name"}
"""The columns that are texts, in whichever table; all others but arguments are numbers."""
COLUMNS = {
    "runs.csv": [
        "case",
        *IMPLEMENTATION,
        "session",
        "round",
        "order",
        "phase",
        "status",
        "reason",
        *TIMED,
        *WEIGHED,
        *("workers", "repeat", "completed", "took_ns", "swapped_bytes"),
    ],
    "series.csv": ["case", "session", "round", "repeat", "name", "index", "value"],
    "probes.csv": ["session", "round", "order", "elapsed_ns", "steal_ns", "took_ns"],
    "summary.csv": [
        "case",
        *IMPLEMENTATION,
        "workers",
        "copy",
        "status",
        "reason",
        "sessions",
        "timed_rounds",
        "memory_rounds",
        *SUMMARISED,
        *("judged", "judged_width", "precision", "precise", "marks", "note"),
    ],
    "comparisons.csv": [
        "case",
        "against",
        "label",
        "session",
        "sessions",
        "rounds",
        "quantity",
        "ratio",
        "low",
        "high",
        *("family", "spread_low", "spread_high", "verdict", "words"),
    ],
    "fits.csv": [
        *IMPLEMENTATION,
        "law",
        "parameter",
        "value",
        "low",
        "high",
        "points",
        "first",
        "last",
        "reason",
    ],
    "marks.csv": ["case", "rule", "sentence"],
}


def find_table_mistakes(name: str, table: pd.DataFrame, cases: Sequence[Case]) -> Iterator[str]:
    """List what keeps a table from being what the harness wrote for these cases."""
    missing = [column for column in COLUMNS.get(name, []) if column not in table]
    if missing or table.empty:
        yield from (
            [f"expected a column {missing[0]}, got {', '.join(map(str, table.columns[:5]))} …"]
            if missing
            else []
        )
        return
    given = {
        key: value
        for case in cases
        for key, value in case.arguments.items()
        if key not in COLUMNS.get(name, [])
    }
    texts = {*TEXTS - given.keys(), *(key for key, value in given.items() if isinstance(value, str))}
    for column in table.columns:
        if column not in texts:
            yield from find_number_mistakes(column, table[column], whole=column in WHOLE - given.keys())
    allowed = {
        "case": {case.id for case in cases},
        "phase": {"time", "memory"},
        "status": {*STATUSES, "unmeasured"},
    }
    allowed["against"] = allowed["case"]
    for column, values in allowed.items():
        others = set(table[column].dropna()) - values if column in table else set()
        if others or (column in table and name != "marks.csv" and table[column].isna().any()):
            yield f"expected a {column} of plan.json, got {str(min(map(str, others), default=''))[:80]!r}"
    if IMPLEMENTATION[0] in table:
        known = {tuple(getattr(case, each) for each in IMPLEMENTATION) for case in cases}
        found = set(table[list(IMPLEMENTATION)].itertuples(index=False, name=None))
        if not found <= known:
            yield f"expected implementations of plan.json, got {next(iter(found - known))}"
    if name == "summary.csv" and table["case"].tolist() != [case.id for case in cases]:
        yield "expected every case of plan.json once, in its order"


def find_number_mistakes(name: str, column: pd.Series[float], *, whole: bool) -> Iterator[str]:
    """Tell whether a column holds numbers, or nothing; whole ones where they count something."""
    if column.isna().all() and not whole:
        return
    if not pd.api.types.is_numeric_dtype(column):
        yield f"expected numbers in the column {name}"
        return
    values = column.to_numpy(dtype=float, na_value=np.nan)
    if (np.abs(values) > LARGEST).any():
        yield f"expected numbers up to {LARGEST:g} in the column {name}"
    if whole and not ((values >= 0) & (values == np.floor(values))).all():
        yield f"expected whole numbers from 0 in the column {name}"
