"""What the harness works on, with what a test does not care about filled in: workloads, cases, plans, records."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Self

import msgspec
import pandas as pd
import pytest
from msgspec.structs import replace

from harness.errors import HarnessError
from harness.plan.cases import Case, Comparison
from harness.plan.declarations import Declarations, Languages, Study, Workload
from harness.plan.tables import read_table
from harness.store.collate import collate
from harness.store.folder import Effort, Plan, Run, Session, StudyFolder
from harness.store.records import SCHEMA_VERSION, Look, Record

FAKE = Path(__file__).with_name("fake")
MS = 1_000_000
PRECISION = {"cpu": 0.02, "io": 0.05, "mixed": 0.05, "coordination": 0.05, "interference": 0.05}
EFFORT = Effort(floor=2, ceiling=4, precision=PRECISION)


def read_fakes(folder: Path = FAKE / "harness") -> Declarations:
    """Read declarations as they stand; `declare` would look for their fixtures in the package that is imported."""
    languages = read_table(folder / "languages.toml", Languages)
    workloads, studies = (
        {path.stem: read_table(path, kind) for path in sorted((folder / name).glob("*.toml"))}
        for name, kind in (("workloads", Workload), ("studies", Study))
    )
    return Declarations(
        models=languages.models,
        languages=languages.languages,
        workloads=workloads,  # type: ignore[arg-type]
        studies=studies,  # type: ignore[arg-type]
    )


FAKES = read_fakes()


def workload(base: str = "late", **changes: object) -> Workload:
    """A workload of the fakes, with changes."""
    return msgspec.convert(msgspec.to_builtins(FAKES.workloads[base]) | changes, Workload)


def case(name: str = "steady", /, **changes: object) -> Case:
    """A case of the workload `late`, as the fake language has it; its id and its model are `name`."""
    fields: dict[str, object] = {
        "id": name,
        "language": "fake",
        "workload": "late",
        "model": name,
        "runtime": "fake-1",
        "workers": 2,
        "size": "default",
        "arguments": {"limit": 10, "pace": 1},
        "result": 10,
        "units": 10,
        "time_limit_s": 60.0,
    }
    return msgspec.convert(fields | changes, Case)


def record(name: str = "steady", number: int = 1, elapsed_ms: float = 10, **changes: object) -> Record:
    """A record of one good run of the case with this id, in this round, of 20 ms in all."""
    fields: dict[str, object] = {
        "schema_version": SCHEMA_VERSION,
        "session": 1,
        "case": name,
        "round": number,
        "order": 1,
        "status": "ok",
        "result": 10,
        "completed": 10,
        "elapsed_ns": round(elapsed_ms * MS),
        "wall_ns": round(elapsed_ms * MS) + 5 * MS,
        "user_ns": 6 * MS,
        "system_ns": 3 * MS,
        "voluntary_switches": 4,
        "involuntary_switches": 1,
        "took_ns": 20 * MS,
    }
    return msgspec.convert(fields | changes, Record)


def look(number: int = 1, order: int = 1, elapsed_ms: float = 10, **changes: object) -> Look:
    """What the probe found before a run."""
    fields = {"schema_version": SCHEMA_VERSION, "session": 1, "round": number, "order": order}
    return msgspec.convert(fields | {"elapsed_ns": round(elapsed_ms * MS)} | changes, Look)


def session(number: int = 1, **changes: object) -> Session:
    """A session that is under way."""
    fields: dict[str, object] = {
        "number": number,
        "seed": 7,
        "began_at": "2026-01-01T00:00:00+00:00",
        "budget_s": 3600.0,
    }
    return msgspec.convert(fields | changes, Session)


def plan(
    cases: Iterable[Case] = (case(),), comparisons: Iterable[tuple[str, str]] = (), **changes: object
) -> Plan:
    """A study's plan; comparisons are pairs of ids: a case, and what it is compared with."""
    made = Plan(
        study="late",
        quick=False,
        cores=2,
        effort=EFFORT,
        sources={},
        cases=list(cases),
        comparisons=[Comparison(mine, other, "speed-up") for mine, other in comparisons],
        sessions=[session()],
    )
    return replace(made, **changes)


def write_study(results: Path, of: Plan, records: Iterable[Record] = ()) -> StudyFolder:
    """A study's part of a run folder, as `measure` would leave it."""
    folder = StudyFolder(results / of.study)
    folder.write_json("plan.json", of)
    folder.write("records.jsonl", msgspec.json.Encoder().encode_lines(list(records)))
    return folder


def write_run(
    path: Path, studies: Mapping[str, tuple[Plan, Sequence[Record]]], declarations: Declarations = FAKES
) -> Run:
    """A run folder with these studies, as `measure` would leave it."""
    run = Run(path)
    run.freeze(declarations, studies, budget_s=60.0)
    for name, (of, records) in studies.items():
        write_study(path, replace(of, study=name), records)
    return run


def collated(
    cases: Sequence[Case], records: Sequence[Record], workloads: Mapping[str, Workload] | None = None
) -> pd.DataFrame:
    """The table of runs that records become."""
    return collate(cases, records, workloads or FAKES.workloads)


def add_fixture(
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: str,
    *,
    fails: Sequence[str] = (),
    sees: Mapping[str, float | list[float]] | None = None,
) -> list[str]:
    """Add a fixture that gives a value and sees 7 in every run; returns what it is told, as it is told.

    Each moment that `fails` names (`enter`, `before`, `after`, `exit`) fails once.
    """
    told: list[str] = []
    due = list(fails)

    def tell(what: str) -> None:
        told.append(what)
        if what in due:
            due.remove(what)
            raise HarnessError(f"no {what}")

    class Fixture:
        def __init__(self, **options: object) -> None:
            self.value = value
            told.extend(f"{key}={option}" for key, option in options.items())

        def __enter__(self) -> Self:
            tell("enter")
            return self

        def __exit__(self, *_: object) -> None:
            tell("exit")

        def before(self) -> None:
            tell("before")

        def after(self) -> dict[str, float | list[float]]:
            tell("after")
            return dict(sees or {"asked": 7.0})

    module = ModuleType(f"harness.fixtures.{name}")
    module.Fixture = Fixture  # type: ignore[attr-defined]
    module.FIGURES = {"asked": "how often it was asked"}  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return told
