"""Stages: what each verb does to a run folder; each reads only what the ones before have written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import pandas as pd

from harness import environment, fits, runs
from harness.calibrate import calibrate, read_calibration
from harness.charts import render
from harness.charts.study import ChartedStudy, study_rows
from harness.collate import collate
from harness.columns import read_columns
from harness.declare import Declarations, declare
from harness.errors import HarnessError
from harness.export import Export, Quantity, choose_cases, export
from harness.fixtures import Fixtures
from harness.plan import Case, Filters, Runner, count_cores, find_runners, make_plan
from harness.plausibility import add_marks, find_marks
from harness.processes import Supervisor
from harness.records import SCHEMA_VERSION, Record
from harness.report import write_report
from harness.runs import Run
from harness.schedule import Effort
from harness.summarise import summarise
from harness.verify import Checked, name_implementation, verify

VERSIONED = ("runs.csv", "summary.csv")

# Texts of runs.csv that a million rows have only a few of.
REPEATED = ("case", "workload", "language", "model", "runtime", "phase", "status", "reason", "memory_source")


def list_cases(
    supervisor: Supervisor, filters: Filters, *, quick: bool
) -> tuple[Declarations, list[Runner], list[Case]]:
    """Do the stages that everything begins with: declare and plan."""
    declarations = declare()
    runners = find_runners(declarations, supervisor)
    cases = make_plan(declarations, runners, filters, quick=quick, cores=count_cores())
    return declarations, runners, cases


def begin(
    supervisor: Supervisor,
    fixtures: Fixtures,
    filters: Filters,
    results: Path,
    effort: Effort,
    seed: int | None,
    progress: Callable[[Checked], None],
    *,
    quick: bool,
) -> Run:
    """Declare, plan, verify; make the run folder, which has a plan only once all of this is done."""
    declarations, runners, cases = list_cases(supervisor, filters, quick=quick)
    described = describe_environment(supervisor, runners)
    folder = runs.make_folder(results)
    try:
        checked = verify(declarations, cases, supervisor, fixtures, progress)
    except BaseException:
        folder.rmdir()
        raise
    settled = [settle(case, checked) for case in cases]
    return runs.make_run(folder, declarations, settled, effort, seed, described, quick=quick)


def describe_environment(supervisor: Supervisor, runners: Sequence[Runner] = ()) -> dict[str, object]:
    """Describe the machine and its toolchains, and calibrate it."""
    return environment.describe(runners) | {"calibration": msgspec.to_builtins(calibrate(supervisor))}


def record_settled(run: Run) -> None:
    """Write a record for every case that is not to be timed, unless it is there already."""
    recorded = {record.case for record in run.journal.read()}
    for case in run.plan.cases:
        if case.status != "planned" and case.id not in recorded:
            record = Record(case=case.id, round=0, order=0, status=case.status, reason=case.reason)
            run.journal.append(record)


def settle(case: Case, checked: dict[str, Checked]) -> Case:
    """Give a case the status of its implementation's vectors, if they failed."""
    found = checked.get(name_implementation(case))
    if case.status != "planned" or found is None or found.verdict.status == "ok":
        return case
    return msgspec.structs.replace(case, status=found.verdict.status, reason=found.verdict.reason)


def write_tables(run: Run) -> pd.DataFrame:
    """Collate and summarise."""
    write_runs(run)
    return write_summary(run)


def write_runs(run: Run) -> None:
    """Write runs.csv from records.jsonl."""
    plan = run.plan
    table = collate(plan.run, plan.cases, read_columns(run.journal))
    run.write_table("runs.csv", table)


def write_summary(run: Run) -> pd.DataFrame:
    """Write summary.csv, marks.csv and fits.csv from runs.csv."""
    plan, rows = run.plan, read_table(run, "runs.csv")
    table = summarise(plan.cases, rows, plan.effort.precision)
    marks = find_marks(plan.cases, table, rows, declare(), read_calibration(run.environment))
    run.write_table("marks.csv", marks)
    run.write_table("fits.csv", fits.fit(plan.cases, plan.studies, rows, run.environment))
    run.write_table("summary.csv", add_marks(table, marks))
    return read_table(run, "summary.csv")


def read_table(run: Run, name: str) -> pd.DataFrame:
    """Read one of a run folder's tables; raises HarnessError if it is not there, or of another schema."""
    path = run.folder / name
    if not path.exists():
        raise HarnessError(f"no {path.name} in {run.folder}: run 'python -m harness collate' first")
    texts = dict.fromkeys(("run", *REPEATED), "category") if name == "runs.csv" else {}
    table = pd.read_csv(path, dtype=texts, keep_default_na=False, na_values=[""])  # "null" is a study
    if name in VERSIONED:
        check_table(path, table)
    return table


def check_table(path: Path, table: pd.DataFrame) -> None:
    """Raise HarnessError for a table of another schema, which can be made again from the records."""
    versions = table["schema_version"] if "schema_version" in table else pd.Series([1])
    others = versions[versions != SCHEMA_VERSION]
    if not others.empty:
        raise HarnessError(
            f"{path}: expected a table of schema version {SCHEMA_VERSION}, got {others.iloc[0]}: "
            "run 'python -m harness collate' and 'python -m harness summarise' again"
        )


def write_export(
    run: Run, patterns: Sequence[str], parameters: Sequence[str], quantity: Quantity, output: Path | None
) -> tuple[Path, Export]:
    """Write hyperfine's export of the good timed runs, from runs.csv; return where to, and what."""
    cases = choose_cases(run.plan.cases, patterns)
    exported = export(cases, read_table(run, "runs.csv"), quantity, parameters)
    name = "hyperfine.json" if output is None else str(output.absolute())
    return run.write_json(name, exported), exported


def list_studies(run: Run, summary: pd.DataFrame) -> list[ChartedStudy]:
    """Prepare every study of a run to be drawn and described."""
    declarations = declare()
    machine = describe_machine(run.environment)
    fitted, marks = fits.read(run.folder / "fits.csv"), read_table(run, "marks.csv")
    calibration = read_calibration(run.environment)
    return [
        ChartedStudy(
            name,
            study.question,
            study.chart,
            machine,
            study_rows(summary, name),
            declarations,
            calibration,
            marks[marks["case"].isin(study_rows(summary, name)["case"])],
            fitted[fitted["study"] == name],
        )
        for name, study in run.plan.studies.items()
    ]


def write_charts(run: Run, summary: pd.DataFrame) -> None:
    """Draw every study of a run from its summary."""
    for study in list_studies(run, summary):
        for kind, picture in render(study).items():
            run.write(f"charts/{study.name}.{kind}", picture)


def write_page(run: Run, summary: pd.DataFrame) -> None:
    """Write a run's report.md."""
    text = write_report(run.plan.run, list_studies(run, summary), read_table(run, "runs.csv"))
    run.write("report.md", text.encode())


def describe_machine(described: dict[str, object]) -> str:
    """Say in a few words what machine it was."""
    system = f"{described.get('system')} {str(described.get('kernel')).split('-', 1)[0]}"
    return f"{described.get('processor')}, {described.get('usable_cores')} cores, {system}"
