"""Cases and records with what a test does not care about filled in."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Self

import msgspec
import pandas as pd
import pytest

from harness.collate import collate
from harness.columns import read_columns
from harness.plan import Case
from harness.records import Journal, Record

MS = 1_000_000


def case(model: str = "steady", **changes: object) -> Case:
    """A case of the workload `late`, as the fake language has it."""
    fields: dict[str, object] = {
        "id": model,
        "language": "fake",
        "workload": "late",
        "model": model,
        "runtime": "fake-1",
        "workers": 2,
        "arguments": {"limit": 10},
        "fixtures": {},
        "result": 10,
        "units": 10,
        "command": ["bin/python", "-IS", "fake/runner.py"],
        "time_limit_s": 60.0,
        "kind": "cpu",
        "studies": ["late"],
        "baseline": "sequential",
    }
    return msgspec.convert(fields | changes, Case)


def record(name: str = "steady", number: int = 1, elapsed_ms: float = 10, **changes: object) -> Record:
    """A record of one good run, of 20 ms in all."""
    fields: dict[str, object] = {
        "case": name,
        "round": number,
        "order": 1,
        "status": "ok",
        "result": 10,
        "units": 10,
        "elapsed_ns": round(elapsed_ms * MS),
        "wall_ns": round(elapsed_ms * MS) + 5 * MS,
        "user_ns": 6 * MS,
        "system_ns": 3 * MS,
        "voluntary_switches": 4,
        "involuntary_switches": 1,
        "took_ns": 20 * MS,
    }
    return msgspec.convert(fields | changes, Record)


def collated(cases: Sequence[Case], records: Sequence[Record]) -> pd.DataFrame:
    """The table that records become, by way of a journal."""
    with TemporaryDirectory() as folder:
        journal = Journal(Path(folder) / "records.jsonl")
        journal.path.write_bytes(msgspec.json.Encoder().encode_lines(records))
        return collate("a-run", cases, read_columns(journal))


def add_fixture(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> list[str]:
    """Add a fixture that gives a value and sees 7 in every run; returns what it is told, as it is told."""
    told: list[str] = []

    class Fixture:
        def __init__(self) -> None:
            self.value = value

        def __enter__(self) -> Self:
            told.append("enter")
            return self

        def __exit__(self, *_: object) -> None:
            told.append("exit")

        def before(self) -> None:
            told.append("before")

        def after(self) -> dict[str, float]:
            told.append("after")
            return {"asked": 7.0}

    module = ModuleType(f"harness.fixtures.{name}")
    module.Fixture = Fixture  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return told
