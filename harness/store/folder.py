"""Run folders: `results/<run-id>/` holds everything that one benchmark gave, a folder for each study.

A run folder is read without today's declarations: what drawing and telling need of them is in its `run.json`.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
import pandas as pd
import pyarrow as pa
from msgspec.structs import replace
from pyarrow import csv

from harness.errors import HarnessError
from harness.paths import HARNESS, ROOT, show
from harness.plan.cases import Case, Comparison
from harness.plan.check import check_kept
from harness.plan.checks import FILE, TAKEN, require
from harness.plan.declarations import Declarations
from harness.store.columns import find_table_mistakes
from harness.store.records import SCHEMA_VERSION, Journal, Look, Record, check_records, check_version

RESULTS = Path(os.environ.get("SIDE_BY_SIDE_RESULTS") or ROOT / "results")
CSV = csv.WriteOptions(quoting_style="needed")


class Effort(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much measuring is asked for."""

    floor: int
    """Rounds that every case gets before any gets more, if the budget allows."""
    ceiling: int
    """Rounds that no case gets more than, in one session."""
    precision: dict[str, Annotated[float, msgspec.Meta(gt=0, le=1)]]
    """By kind of workload: the share of its median within which a case's interval should lie."""


class Session(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One uninterrupted measurement of a study."""

    number: int
    seed: int
    """The orders of its rounds follow from it."""
    began_at: str
    """UTC, ISO 8601."""
    ended_at: str = ""
    """Empty while it is under way, or may be resumed."""
    budget_s: float
    """The study's share of the measuring time."""
    environment: dict[str, object] = {}


class Plan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`<study>/plan.json`: what the study measures, and when it was measured. It holds no command."""

    schema_version: int = SCHEMA_VERSION
    study: str
    quick: bool
    cores: int
    effort: Effort
    sources: dict[str, str]
    """For each workload a digest of its sources, its declaration and the versions of its runtimes."""
    cases: list[Case]
    comparisons: list[Comparison]
    sessions: list[Session] = []


class Frozen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`run.json`: the declarations of what was measured, as they were then."""

    schema_version: int = SCHEMA_VERSION
    run: str
    budget_s: float
    """The measuring time of the studies that were asked for last, together."""
    sharing: list[str] = []
    """Which these are."""
    declarations: Declarations


Kind = TypeVar("Kind", Plan, Frozen)


class Folder:
    """A folder of which each file is written whole."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, name: str, content: bytes) -> Path:
        """Write one file; raises HarnessError where it cannot be."""
        return self._replace(name, lambda partial: partial.write_bytes(content))

    def write_table(self, name: str, table: pd.DataFrame) -> Path:
        """Write a table as CSV, by pyarrow, which is five times as fast as pandas."""
        rows = pa.Table.from_pandas(table, preserve_index=False)
        return self._replace(name, lambda partial: csv.write_csv(rows, partial, CSV))

    def write_json(self, name: str, value: object) -> Path:
        """Write one file as JSON, for people to read too."""
        return self.write(name, msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n")

    def _replace(self, name: str, write: Callable[[Path], object]) -> Path:
        """Let a file be written beside its place, then put it there."""
        path = self.path / name
        partial = path.with_suffix(path.suffix + ".partial")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.parent.resolve().is_relative_to(self.path.resolve()):
                raise HarnessError(f"{show(path.parent)}: expected a place in the run folder, got a link")
            write(partial)
            partial.replace(path)
        except OSError as error:
            raise HarnessError(
                f"cannot write {show(path)}: {error.strerror}: make room or choose '--results'"
            ) from None
        return path

    def read_json(self, name: str, kind: type[Kind]) -> Kind:
        """Read one file of JSON; raises HarnessError where it is not there, or not of that kind."""
        path = self.path / name
        try:
            data = path.read_bytes()
        except OSError:
            raise HarnessError(f"expected a run folder, got {show(self.path)}, which has no {name}") from None
        try:
            check_version(show(path), read_version(data))
            return msgspec.json.decode(data, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise HarnessError(f"{show(path)}: expected what the harness wrote: {error}") from None

    def read_table(self, name: str, verb: str) -> pd.DataFrame:
        """Read a table; raises HarnessError where it is not there, and says which verb makes it."""
        path = self.path / name
        try:
            return pd.read_csv(path, keep_default_na=False, na_values=[""], low_memory=False)
        except (OSError, ValueError) as error:
            remedy = f"run 'python -m harness {verb}' first"
            raise HarnessError(
                f"{show(path)}: expected a table: {str(error).splitlines()[0]}: {remedy}"
            ) from None


def read_version(data: bytes) -> int:
    """Read the schema version of a file, whatever else it is."""

    class Versioned(msgspec.Struct):
        schema_version: int

    return msgspec.json.decode(data, type=Versioned).schema_version


class StudyFolder(Folder):
    """One study's part of a run folder."""

    def __init__(self, path: Path, declarations: Declarations | None = None) -> None:
        super().__init__(path)
        self._declarations = declarations
        self.name = path.name
        self.journal = Journal(path / "records.jsonl", Record)
        self.probes = Journal(path / "probes.jsonl", Look)

    @property
    def plan(self) -> Plan:
        """Read the plan; raises HarnessError if there is none that can be read, or it contradicts itself."""
        plan = self.read_json("plan.json", Plan)
        for mistake in find_plan_mistakes(plan, self.name, self._declarations):
            raise HarnessError(f"{show(self.path / 'plan.json')}: {mistake}: measure the study anew")
        return plan

    def read_table(self, name: str, verb: str) -> pd.DataFrame:
        """Read a table, and hold it against the plan; raises HarnessError."""
        table = super().read_table(name, verb)
        for mistake in find_table_mistakes(name, table, self.plan.cases):
            remedy = f"run 'python -m harness {verb}' again"
            raise HarnessError(f"{show(self.path / name)}: {mistake}: {remedy}")
        return table

    def read_records(self, plan: Plan) -> list[Record]:
        """Read the records, and hold them against the plan; raises HarnessError."""
        records = self.journal.read()
        check_records(self.journal.path, records, {case.id: case for case in plan.cases}, len(plan.sessions))
        return records

    def open_session(self, plan: Plan) -> Session:
        """Return the session under way; raises HarnessError where every one has ended."""
        session = plan.sessions[-1] if plan.sessions else None
        if session is None or session.ended_at:
            raise HarnessError(f"{show(self.path)}: expected a session under way, every one has ended")
        return session

    def change_session(self, session: Session) -> None:
        """Write one session's new state into the plan; a new number adds it."""
        plan = self.plan
        kept = [each for each in plan.sessions if each.number != session.number]
        self.write_json("plan.json", replace(plan, sessions=[*kept, session]))


def find_plan_mistakes(plan: Plan, name: str, declarations: Declarations | None) -> Iterator[str]:
    """List how a plan contradicts itself, its folder's name, or the declarations that are kept beside it."""
    names = [case.id for case in plan.cases]
    if plan.study != name:
        yield f"expected the study {name!r}, got {plan.study[:40]!r}"
    if not names or len(set(names)) < len(names):
        yield f"expected cases, each once, got {len(names)} of {len(set(names))} names"
    if unknown := {name for each in plan.comparisons for name in (each.case, each.against)} - set(names):
        yield f"expected comparisons of its cases, got {min(unknown)[:80]!r}"
    if [each.number for each in plan.sessions] != list(range(1, len(plan.sessions) + 1)):
        yield "expected sessions numbered from 1"
    for case in plan.cases:
        if taken := TAKEN & case.arguments.keys():
            yield f"expected arguments that are no columns of tables, got {min(taken)!r}"
        if declarations and (stranger := find_stranger(case, declarations)):
            yield f"expected workloads, languages and models of run.json, got {stranger[:80]!r}"
        elif declarations and declarations.workloads[case.workload].kind not in plan.effort.precision:
            yield "expected a precision for each kind of workload"


def find_stranger(case: Case, declarations: Declarations) -> str:
    """Return a name in a case that nothing declared has; empty where there is none."""
    language = declarations.languages.get(case.language)
    if language is None:
        return case.language
    if case.workload not in declarations.workloads:
        return case.workload
    return "" if case.model in language.models else case.model


class Run(Folder):
    """One run folder."""

    @property
    def frozen(self) -> Frozen:
        """Read the declarations that the run was made with."""
        frozen = self.read_json("run.json", Frozen)
        require(self.path / "run.json", check_kept(frozen.declarations))
        return frozen

    @property
    def studies(self) -> list[StudyFolder]:
        """List its studies in their order."""
        declarations = self.frozen.declarations
        order = {name: study.order for name, study in declarations.studies.items()}
        found = [path.parent for path in self.path.glob("*/plan.json") if FILE.fullmatch(path.parent.name)]
        known = [StudyFolder(path, declarations) for path in found if path.name in order]
        return sorted(known, key=lambda study: (order[study.name], study.name))

    def study(self, name: str) -> StudyFolder:
        """Return one study's folder, which may not be there yet."""
        if not FILE.fullmatch(name):
            raise HarnessError(f"expected a study's name, got {name[:40]!r}")
        return StudyFolder(self.path / name)

    def freeze(self, declarations: Declarations, studies: Iterable[str], budget_s: float) -> None:
        """Keep the declarations of studies that are about to be measured, beside those that are kept already."""
        kept = self.frozen.declarations if (self.path / "run.json").exists() else None
        names = list(studies)
        mine = {name: study for name, study in declarations.studies.items() if name in names}
        frozen = replace(
            declarations,
            studies={**(kept.studies if kept else {}), **mine},
            workloads={**(kept.workloads if kept else {}), **declarations.workloads},
            models={**(kept.models if kept else {}), **declarations.models},
            languages={**(kept.languages if kept else {}), **declarations.languages},
        )
        self.write_json(
            "run.json",
            Frozen(run=self.path.name, budget_s=budget_s, sharing=list(names), declarations=frozen),
        )

    def remove(self, name: str) -> None:
        """Remove what there is of a study, to measure it anew."""
        shutil.rmtree(self.study(name).path, ignore_errors=True)


def make_run(results: Path) -> Run:
    """Make an empty run folder; raises HarnessError where it cannot be."""
    folder = results / f"{datetime.now(UTC):%Y-%m-%dT%H-%M-%SZ}-{secrets.token_hex(2)}"
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise HarnessError(
            f"cannot make a run folder in {show(results)}: {error.strerror}: make it writable or choose '--results'"
        ) from None
    return Run(folder)


def latest_run(results: Path) -> Run:
    """Return the newest run folder; raises HarnessError if there is none."""
    found = sorted(path for path in results.glob("*/run.json") if re.match(r"\d{4}-", path.parent.name))
    if not found:
        raise HarnessError(f"expected a run folder in {show(results)}, got none: run 'make all' first")
    return Run(found[-1].parent)


def digest_workload(declarations: Declarations, name: str, versions: Iterable[str]) -> str:
    """Digest what a workload's times depend on: its sources, its declaration, the versions of its runtimes."""
    digest = hashlib.sha256(json.dumps(sorted(versions)).encode())
    paths = [HARNESS / "workloads" / f"{name}.toml"]
    for language in declarations.languages.values():
        folder = ROOT / language.folder / name
        paths += [path for path in sorted(folder.glob("*")) if path.is_file() and path.suffix != ".pyc"]
    for path in paths:
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]
