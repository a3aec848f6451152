"""Collate: records.jsonl and plan.json become runs.csv, one row a run (columns: results/README.md)."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from harness.columns import OWN
from harness.plan import Case

IDENTITY = ("workload", "language", "model", "runtime", "workers", "copy")


def collate(run: str, cases: Sequence[Case], rows: pd.DataFrame) -> pd.DataFrame:
    """Make the table of all runs from the records (`read_columns`), in the order they were made."""
    identities = pd.DataFrame.from_records([identify(case) for case in cases]).convert_dtypes()
    table = identities.set_index("case").reindex(rows["case"]).reset_index()
    table = pd.concat([table, rows.drop(columns="case")], axis=1)
    table.insert(0, "run", run)
    table["startup_ns"] = table["wall_ns"] - table["elapsed_ns"]
    table["cores_used"] = (table["user_ns"] + table["system_ns"]) / table["wall_ns"]
    table["work_bytes"] = table["peak_bytes"] - table["idle_bytes"]
    own = [name for name in table.columns if name.startswith(tuple(OWN.values()))]
    return table[[*(name for name in table.columns if name not in own), *own]]


def identify(case: Case) -> dict[str, object]:
    """Say what a case is, in columns."""
    return {
        "case": case.id,
        **{name: getattr(case, name) for name in IDENTITY},
        **{f"argument_{name}": value for name, value in case.arguments.items()},
    }
