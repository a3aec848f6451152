"""Columns: all records of a journal as one table, read by pyarrow: a million take seconds, on every core."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj
from msgspec import NODEFAULT, structs

from harness.records import MIGRATED, SCHEMA_VERSION, Journal, Record

OWN = {"metrics": "metric_", "fixture": "fixture_"}
"""A workload's and a fixture's own numbers, and what begins the names of their columns."""

FIELDS = [field for field in structs.fields(Record) if field.name not in OWN]
SCHEMA = pa.schema([(field.name, pa.string() if field.type is str else pa.int64()) for field in FIELDS])
READ = pj.ReadOptions(block_size=2**24)
PARSE = pj.ParseOptions(explicit_schema=SCHEMA, unexpected_field_behavior="infer")


def read_columns(journal: Journal) -> pd.DataFrame:
    """Read what `Journal.read` reads, one row a record; each number of `metrics` and `fixture` has a column.

    Raises HarnessError as `Journal.read` does: it is asked which line it was that pyarrow stumbled over.
    """
    journal.mend()
    path = journal.find()
    try:
        table = tabulate(pj.read_json(path, READ, PARSE) if path else SCHEMA.empty_table())
    except (pa.ArrowException, OSError):
        journal.read()
        raise
    rows: pd.DataFrame = table.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
    return rows


def tabulate(read: pa.Table) -> pa.Table:
    """Turn what the file says into columns of this schema; raises ArrowInvalid for what is not a record."""
    versions = set(read["schema_version"].drop_null().unique().to_pylist())
    if not versions <= {SCHEMA_VERSION, *MIGRATED}:
        raise pa.ArrowInvalid(f"schema versions {versions}")
    columns = {field.name: fill(read[field.name], field) for field in FIELDS}
    columns["schema_version"] = pa.repeat(SCHEMA_VERSION, len(read))
    for name, prefix in OWN.items():
        if name in read.column_names:
            struct = read[name].combine_chunks()
            columns |= {
                f"{prefix}{field.name}": pc.struct_field(struct, field.name).cast(pa.float64())
                for field in struct.type
            }
    return pa.table(columns)


def fill(column: pa.ChunkedArray, field: structs.FieldInfo) -> pa.ChunkedArray:
    """Put a field's default where it was left out; raises ArrowInvalid where it may not be."""
    if field.required and column.null_count:
        raise pa.ArrowInvalid(f"a record without {field.name}")
    return column if field.default in {NODEFAULT, None} else column.fill_null(field.default)
