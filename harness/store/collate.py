"""Collate: records and plan become runs.csv, one row a run, and series.csv, one row a kept value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.errors import HarnessError
from harness.plan.cases import Case
from harness.plan.declarations import Workload
from harness.plan.expressions import ExpressionError, evaluate, list_names
from harness.store.records import Record

IDENTITY = ("workload", "language", "model", "runtime", "workers", "copy")
TEXTS = ("phase", "status", "reason", "started_at", "memory_source")
PLACE = ("session", "round", "order", "repeat")
NUMBERS = (
    *("took_ns", "result", "completed", "elapsed_ns", "wall_ns", "user_ns", "system_ns"),
    *("voluntary_switches", "involuntary_switches", "swapped_bytes", "peak_bytes", "idle_bytes"),
)


def identify(case: Case) -> dict[str, object]:
    """Say what a case is, in columns."""
    return {"case": case.id, **{name: getattr(case, name) for name in IDENTITY}, **case.arguments}


def collate(
    cases: Sequence[Case], records: Sequence[Record], workloads: Mapping[str, Workload]
) -> pd.DataFrame:
    """Make the table of all runs, in the order they were made."""
    identities = pd.DataFrame.from_records([identify(case) for case in cases]).convert_dtypes()
    names = [record.case for record in records]
    table = identities.set_index("case").reindex(names).reset_index()
    columns: dict[str, object] = {
        name: [getattr(each, name) for each in records] for name in (*PLACE, *TEXTS)
    }
    columns |= {name: pd.array([getattr(each, name) for each in records], dtype="Int64") for name in NUMBERS}
    columns |= spread([record.metrics for record in records])
    columns |= spread([record.fixture for record in records])
    table = pd.concat([table, pd.DataFrame(columns)], axis=1)
    return add_quantities(add_standard(table), workloads)


def spread(tables: Sequence[Mapping[str, float]]) -> dict[str, object]:
    """Make a column of each name in the tables of all records."""
    names = sorted(set().union(*tables)) if tables else []
    return {name: np.array([each.get(name, np.nan) for each in tables], dtype=float) for name in names}


def add_standard(table: pd.DataFrame) -> pd.DataFrame:
    """Add what follows from the clocks."""
    cpu_ns = table["user_ns"] + table["system_ns"]
    return table.assign(
        startup_ns=table["wall_ns"] - table["elapsed_ns"],
        cores_used=divide(cpu_ns, table["wall_ns"]),
        throughput_per_s=divide(table["completed"], table["elapsed_ns"]) * 1e9,
        cpu_ns_per_unit=divide(cpu_ns, table["completed"]),
        work_bytes=table["peak_bytes"] - table["idle_bytes"],
    )


def divide(above: pd.Series[int], below: pd.Series[int]) -> pd.Series[float]:
    """Divide; NaN where there is nothing to divide, or by."""
    return above.astype("Float64").astype(float) / below.astype("Float64").astype(float).replace(0.0, np.nan)


def add_quantities(table: pd.DataFrame, workloads: Mapping[str, Workload]) -> pd.DataFrame:
    """Add the quantities that workloads declare as expressions over others."""
    for name, workload in workloads.items():
        mine = table["workload"] == name
        if not workload.quantities or not mine.any():
            continue
        values = {
            str(column): to_floats(values) if is_number(values) else values.to_numpy(dtype=object)
            for column, values in table.loc[mine].items()
        }
        for quantity, text in workload.quantities.items():
            try:
                for absent in list_names(text) - values.keys():  # no run of it was good
                    values[absent] = np.full(int(mine.sum()), np.nan)
                found = np.asarray(evaluate(text, values), dtype=float)
            except ExpressionError as error:
                raise HarnessError(f"workload {name}, quantity {quantity}: {error}") from None
            table.loc[mine, quantity] = found
            values[quantity] = found
    return table


def is_number(column: pd.Series[float]) -> bool:
    """Tell whether a column holds numbers."""
    return bool(pd.api.types.is_numeric_dtype(column))


def to_floats(column: pd.Series[float]) -> NDArray[np.float64]:
    """Return a column's numbers, NaN where there is none."""
    return np.asarray(column.to_numpy(dtype=float, na_value=np.nan))


def list_series(records: Iterable[Record]) -> pd.DataFrame:
    """Make the table of all kept arrays, in long form."""
    rows = [
        (record.case, record.session, record.round, record.repeat, name, np.arange(len(values)), values)
        for record in records
        for name, values in record.series.items()
    ]
    columns = ("case", "session", "round", "repeat", "name", "index", "value")
    table = pd.DataFrame(rows, columns=list(columns))
    return table.explode(["index", "value"], ignore_index=True) if rows else table
