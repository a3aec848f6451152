"""Run folders: `results/<run-id>/` holds everything that one benchmark gave."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pandas as pd
import pyarrow as pa
from msgspec.structs import replace
from pyarrow import csv

from harness.declare import HARNESS, ROOT, Declarations, declare
from harness.errors import HarnessError
from harness.plan import Case
from harness.records import MIGRATED, SCHEMA_VERSION, Journal, check_readable
from harness.schedule import Effort

RESULTS = ROOT / "results"
CSV = csv.WriteOptions(quoting_style="needed")


class Question(msgspec.Struct, frozen=True):
    """What a chart needs of a study."""

    question: str
    chart: str
    fits: list[str] = []
    """The models that are fitted to its cases."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """`plan.json`: all that a run folder needs to be resumed, collated and drawn."""

    schema_version: int = SCHEMA_VERSION
    run: str
    seed: int
    """The orders of the rounds follow from it."""
    quick: bool
    effort: Effort
    sources: str
    """A digest of the sources and declarations that were measured."""
    studies: dict[str, Question]
    cases: list[Case]


class Run:
    """One run folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.journal = Journal(folder / "records.jsonl")

    @property
    def plan(self) -> Plan:
        """Read the plan; raises HarnessError if the folder has none that can be read."""
        path = self.folder / "plan.json"
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            raise HarnessError(f"expected a run folder, {self.folder} has no plan.json") from None
        check_readable(str(path), data)
        try:
            plan = msgspec.json.decode(data, type=Plan)
        except msgspec.DecodeError as error:
            raise HarnessError(
                f"{path}: expected a plan of schema version {SCHEMA_VERSION}: {error}"
            ) from None
        return migrate(plan) if plan.schema_version in MIGRATED else plan

    @property
    def environment(self) -> dict[str, object]:
        """Read what is known of the machine; nothing where it was not kept."""
        path = self.folder / "environment.json"
        return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}

    def write(self, name: str, content: bytes) -> Path:
        """Write one file of the folder whole; raises HarnessError where it cannot be."""
        return self._replace(name, lambda partial: partial.write_bytes(content))

    def write_table(self, name: str, table: pd.DataFrame) -> Path:
        """Write a table as CSV, by pyarrow, which is five times as fast as pandas."""
        rows = pa.Table.from_pandas(table, preserve_index=False)
        return self._replace(name, lambda partial: csv.write_csv(rows, partial, CSV))

    def _replace(self, name: str, write: Callable[[Path], object]) -> Path:
        """Let a file be written beside its place, then put it there."""
        path = self.folder / name
        partial = path.with_suffix(path.suffix + ".partial")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write(partial)
            partial.replace(path)
        except OSError as error:
            raise HarnessError(
                f"cannot write {path}: {error.strerror}: make room or choose '--results'"
            ) from None
        return path

    def write_json(self, name: str, value: object) -> Path:
        """Write one file of the folder as JSON, for people to read too."""
        return self.write(name, msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n")


def migrate(plan: Plan) -> Plan:
    """Turn a plan of schema 1, in which a case did not say what it is compared with, into one of today.

    Nor did a study say what is fitted to it: that is as it is declared today.
    Raises HarnessError for a language that is not declared any more.
    """
    declared = declare()
    languages = declared.languages
    for case in plan.cases:
        if case.language not in languages:
            raise HarnessError(
                f"{plan.run}: expected a language of harness/languages.toml, got '{case.language}': "
                "read it with the version of this repository that wrote it"
            )

    def work(case: Case) -> tuple[object, ...]:
        return case.workload, case.language, case.runtime, tuple(sorted(case.arguments.items()))

    alone = {work(case): case.id for case in plan.cases if case.model == languages[case.language].baseline}
    cases = [replace(case, baseline=alone.get(work(case), "")) for case in plan.cases]
    fits = {name: list(study.fits) for name, study in declared.studies.items()}
    studies = {name: replace(study, fits=fits.get(name, [])) for name, study in plan.studies.items()}
    return replace(plan, schema_version=SCHEMA_VERSION, studies=studies, cases=cases)


def make_folder(results: Path) -> Path:
    """Make an empty run folder; raises HarnessError where it cannot be."""
    folder = results / f"{datetime.now(UTC):%Y-%m-%dT%H-%M-%SZ}-{secrets.token_hex(2)}"
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise HarnessError(
            f"cannot make a run folder in {results}: {error.strerror}: make it writable or choose '--results'"
        ) from None
    return folder


def make_run(
    folder: Path,
    declarations: Declarations,
    cases: Sequence[Case],
    effort: Effort,
    seed: int | None,
    environment: dict[str, object],
    *,
    quick: bool,
) -> Run:
    """Make an empty folder that of a run: its environment, then its plan, with which it can be resumed."""
    run = Run(folder)
    studies = {study for case in cases for study in case.studies}
    plan = Plan(
        run=folder.name,
        seed=secrets.randbelow(2**32) if seed is None else seed,
        quick=quick,
        effort=effort,
        sources=digest_sources(declarations),
        studies={
            name: Question(study.question, study.chart, list(study.fits))
            for name, study in declarations.studies.items()
            if name in studies
        },
        cases=list(cases),
    )
    run.write_json("environment.json", environment)
    run.write_json("plan.json", plan)
    return run


def resume_run(folder: Path, declarations: Declarations, *, anyway: bool) -> Run:
    """Return a run folder to go on with; raises HarnessError if what it measured has changed since.

    So it does for records that are packed, to which nothing can be added.
    """
    run = Run(folder)
    packed = run.journal.packed
    if run.journal.find() == packed:
        raise HarnessError(f"{packed} is packed: run 'gunzip {packed}' first")
    if run.plan.sources != digest_sources(declarations) and not anyway:
        raise HarnessError(
            f"the sources have changed since {folder.name} was begun, its rounds would mix two programs: "
            "start a new run, or say --anyway"
        )
    return run


def latest_run(results: Path) -> Run:
    """Return the newest run folder; raises HarnessError if there is none."""
    plans = sorted(results.glob("*/plan.json"))
    if not plans:
        raise HarnessError(f"expected a run folder in {results}, got none: run 'make all' first")
    return Run(plans[-1].parent)


def digest_sources(declarations: Declarations) -> str:
    """Digest the sources of every runner, and what is declared of the workloads."""
    digest = hashlib.sha256()
    paths = sorted((HARNESS / "workloads").glob("*.toml"))
    for language in declarations.languages.values():
        folder = ROOT / language.folder
        paths.extend(
            path for path in sorted(folder.rglob("*")) if path.is_file() and "__pycache__" not in path.parts
        )
    for path in paths:
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]
