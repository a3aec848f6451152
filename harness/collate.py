"""Collate: records.jsonl and plan.json become runs.csv, one row a run (columns: results/README.md)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pandas as pd

from harness.plan import Case
from harness.records import Record

IDENTITY = ("workload", "language", "model", "runtime", "workers")


def collate(run: str, cases: Sequence[Case], records: Sequence[Record]) -> pd.DataFrame:
    """Make the table of all runs, in the order they were made."""
    rows = pd.DataFrame.from_records([msgspec.structs.asdict(record) for record in records])
    if rows.empty:
        rows = pd.DataFrame(columns=list(Record.__struct_fields__))
    identities = pd.DataFrame.from_records([identify(case) for case in cases])
    table = identities.merge(rows, on="case", how="right")
    table.insert(0, "run", run)
    table["startup_ns"] = table["wall_ns"] - table["elapsed_ns"]
    for column in ("metrics", "fixture"):
        table = spread(table, column)
    return table


def identify(case: Case) -> dict[str, object]:
    """Say what a case is, in columns."""
    return {
        "case": case.id,
        **{name: getattr(case, name) for name in IDENTITY},
        **{f"argument_{name}": value for name, value in case.arguments.items()},
    }


def spread(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """Replace a column of dictionaries by a column a key, prefixed by the column's name in the singular."""
    prefix = column.removesuffix("s")
    values = pd.DataFrame.from_records(table[column].tolist(), index=table.index).add_prefix(f"{prefix}_")
    return pd.concat([table.drop(columns=column), values], axis=1)
