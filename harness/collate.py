"""Collate: records.jsonl and plan.json become runs.csv, one row a run (columns: results/README.md)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd
import pyarrow as pa

from harness.plan import Case
from harness.records import Record

IDENTITY = ("workload", "language", "model", "runtime", "workers", "copy")
OWN = {"metrics": "metric_", "fixture": "fixture_"}


def collate(run: str, cases: Sequence[Case], batches: Iterable[Sequence[Record]]) -> pd.DataFrame:
    """Make the table of all runs, in the order they were made.

    Records come in batches, so that a million of them do not stand in memory as objects.
    """
    tables = [tabulate(batch) for batch in batches] or [tabulate([])]
    rows = pd.concat(tables, ignore_index=True)
    identities = pd.DataFrame.from_records([identify(case) for case in cases]).convert_dtypes()
    table = identities.set_index("case").reindex(rows["case"]).reset_index()
    table = pd.concat([table, rows.drop(columns="case")], axis=1)
    table.insert(0, "run", run)
    table["startup_ns"] = table["wall_ns"] - table["elapsed_ns"]
    table["cores_used"] = (table["user_ns"] + table["system_ns"]) / table["wall_ns"]
    table["work_bytes"] = table["peak_bytes"] - table["idle_bytes"]
    own = [name for name in table.columns if name.startswith(tuple(OWN.values()))]
    return table[[*(name for name in table.columns if name not in own), *own]]


def tabulate(records: Sequence[Record]) -> pd.DataFrame:
    """Turn records into columns; a workload's and a fixture's own numbers get a column each."""
    columns: dict[str, pa.Array] = {}
    for name, kind in Record.__annotations__.items():
        values = [getattr(record, name) for record in records]
        if name not in OWN:
            columns[name] = pa.array(values, pa.string() if kind == "str" else pa.int64())
        elif any(values):
            struct = pa.array(values)
            columns |= {f"{OWN[name]}{field.name}": struct.field(field.name) for field in struct.type}
    table: pd.DataFrame = pa.table(columns).to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
    return table


def identify(case: Case) -> dict[str, object]:
    """Say what a case is, in columns."""
    return {
        "case": case.id,
        **{name: getattr(case, name) for name in IDENTITY},
        **{f"argument_{name}": value for name, value in case.arguments.items()},
    }
