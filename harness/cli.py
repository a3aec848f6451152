"""The command line: one verb a stage, and `all`. Each later stage reads the files of the one before."""

from __future__ import annotations

import os
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Annotated, NoReturn

import typer
from msgspec.structs import replace
from rich.console import Console

from harness import runs
from harness.calibrate import list_warnings, read_calibration
from harness.compare import compare as compare_named
from harness.cost import IDLE, spell_share, tabulate_server
from harness.declare import declare as read_declarations
from harness.errors import HarnessError
from harness.export import Quantity
from harness.fixtures import Fixtures
from harness.lock import hold_machine
from harness.measure import Clock
from harness.measure import measure as run_rounds
from harness.memory import weigh
from harness.plan import Filters, raise_file_limit
from harness.processes import Supervisor
from harness.progress import Reporter
from harness.records import FINE
from harness.report import make_benchmark_blocks, make_blocks, spell_calibration, splice
from harness.runs import RESULTS, Run
from harness.schedule import FULL, QUICK
from harness.stages import (
    begin,
    describe_environment,
    list_cases,
    list_studies,
    read_table,
    record_settled,
    write_charts,
    write_export,
    write_page,
    write_runs,
    write_summary,
    write_tables,
)
from harness.verify import Checked, name_implementation
from harness.verify import verify as run_vectors

app = typer.Typer(
    help="The same work in every language and model: proved equal, timed fairly, drawn.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
console = Console(highlight=False, soft_wrap=True)

Names = Annotated[list[str] | None, typer.Option(help="Only this one; may be given several times.")]
Quick = Annotated[bool, typer.Option("--quick", help="Small sizes, few rounds: a look, not a result.")]
Anyway = Annotated[bool, typer.Option("--anyway", help="Go on although another harness is measuring.")]
Results = Annotated[Path, typer.Option(help="Where run folders are.")]
Folder = Annotated[Path | None, typer.Argument(help="A run folder; without it the newest one.")]


def stop(message: str, status: int = 1) -> NoReturn:
    """Say what is wrong, and end."""
    print(f"harness: {message}", file=sys.stderr)
    raise typer.Exit(status)


@contextmanager
def mending() -> Iterator[None]:
    """Turn an error that its user can mend into a message and exit status 1, Ctrl-C into 130."""
    try:
        yield
    except HarnessError as error:
        stop(str(error))
    except KeyboardInterrupt:
        stop("stopped", 130)


def make_filters(
    workload: list[str] | None,
    language: list[str] | None,
    model: list[str] | None,
    runtime: list[str] | None,
    study: list[str] | None,
) -> Filters:
    """Gather the filters of a verb."""
    return Filters(workload or [], language or [], model or [], runtime or [], study or [])


@app.command()
def declare() -> None:
    """Check the TOML files that say what exists, and list it."""
    with mending():
        declarations = read_declarations()
    for kind in ("languages", "workloads", "studies"):
        console.print(f"{kind}: {', '.join(getattr(declarations, kind))}")


@app.command()
def plan(
    workload: Names = None,
    language: Names = None,
    model: Names = None,
    runtime: Names = None,
    study: Names = None,
    quick: Quick = False,
) -> None:
    """List the cases that would be measured, and those that would not, with the reason."""
    filters = make_filters(workload, language, model, runtime, study)
    with mending(), Supervisor() as supervisor:
        _, _, cases = list_cases(supervisor, filters, quick=quick)
    for case in cases:
        console.print(f"{case.status:8} {case.id}" + (f": {case.reason}" if case.reason else ""))


@app.command()
def calibrate(anyway: Anyway = False) -> None:
    """Say what this machine gives: parallel speed, the clock's step, load, governor, quota."""
    with mending(), hold_machine(anyway=anyway), Supervisor() as supervisor:
        environment = describe_environment(supervisor)
    console.print(spell_calibration(read_calibration(environment)))
    for warning in list_warnings(environment):
        console.print(f"warning: {warning}")


@app.command()
def verify(
    workload: Names = None,
    language: Names = None,
    model: Names = None,
    runtime: Names = None,
    study: Names = None,
) -> None:
    """Run every implementation on the small vectors; exit 1 if one fails or is missing."""
    filters = make_filters(workload, language, model, runtime, study)
    with mending(), Supervisor() as supervisor, Fixtures() as fixtures:
        declarations, _, cases = list_cases(supervisor, filters, quick=True)
        checked = run_vectors(declarations, cases, supervisor, fixtures, show_checked)
    missing = {name_implementation(case): case.reason for case in cases if case.status == "missing"}
    for name, reason in missing.items():
        console.print(f"missing {name}: {reason}")
    failed = [each for each in checked.values() if each.verdict.status != "ok"]
    console.print(f"{len(checked) - len(failed)} equal, {len(failed)} failed, {len(missing)} missing")
    if failed or missing:
        raise typer.Exit(1)


def show_checked(checked: Checked) -> None:
    """Print what became of one implementation's vectors."""
    if checked.verdict.status == "ok":
        console.print(f"ok {checked.name}: {checked.vectors} vectors")
    else:
        console.print(f"{checked.verdict.status} {checked.name}: {checked.verdict.reason}")


def parse_budget(text: str) -> float:
    """Read a time such as `90s`, `15m` or `1h`; a bare number is seconds."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smh]?)", text)
    if match is None or float(match[1]) == 0:
        raise typer.BadParameter(f"expected a time such as 90s, 15m or 1h, got '{text}'")
    return float(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[match[2]]


Budget = Annotated[
    float | None,
    typer.Option(parser=parse_budget, metavar="TIME", help="Measuring time, e.g. 90s, 15m, 1h."),
]
Seed = Annotated[int | None, typer.Option(help="Fixes the order of the rounds.")]
Resume = Annotated[Path | None, typer.Option(help="Go on with this run folder.")]


@app.command()
def measure(
    workload: Names = None,
    language: Names = None,
    model: Names = None,
    runtime: Names = None,
    study: Names = None,
    quick: Quick = False,
    budget: Budget = None,
    seed: Seed = None,
    resume: Resume = None,
    results: Results = RESULTS,
    anyway: Anyway = False,
) -> None:
    """Verify, then measure in rounds; writes a run folder."""
    filters = make_filters(workload, language, model, runtime, study)
    with mending():
        run = make_measurement(filters, quick, budget, seed, resume, results, anyway)
        finish(run, charts=False)


@app.command(name="all")
def everything(
    workload: Names = None,
    language: Names = None,
    model: Names = None,
    runtime: Names = None,
    study: Names = None,
    quick: Quick = False,
    budget: Budget = None,
    seed: Seed = None,
    resume: Resume = None,
    results: Results = RESULTS,
    anyway: Anyway = False,
) -> None:
    """Do every stage: verify, measure, collate, summarise, chart, report."""
    filters = make_filters(workload, language, model, runtime, study)
    with mending():
        run = make_measurement(filters, quick, budget, seed, resume, results, anyway)
        finish(run, charts=True)


def make_measurement(
    filters: Filters,
    quick: bool,
    budget: float | None,
    seed: int | None,
    resume: Path | None,
    results: Path,
    anyway: bool,
) -> Run:
    """Hold the machine and do the stages up to measure; on Ctrl-C say how to go on, exit 130."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where a shell put us in the background
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    raise_file_limit()
    with hold_machine(anyway=anyway), Supervisor() as supervisor, Fixtures() as fixtures:
        if resume:
            if any(filters) or quick or seed is not None:
                raise HarnessError("--resume goes on with the run's own cases: leave the other choices out")
            run = runs.resume_run(resume, read_declarations(), anyway=anyway)
        else:
            effort = QUICK if quick else FULL
            effort = replace(effort, budget_s=budget or effort.budget_s)
            run = begin(supervisor, fixtures, filters, results, effort, seed, show_checked, quick=quick)
            for warning in list_warnings(run.environment):
                console.print(f"warning: {warning}")
        record_settled(run)
        effort = replace(run.plan.effort, budget_s=budget or run.plan.effort.budget_s)
        try:
            with Reporter(console, effort) as reporter:
                clock = Clock(supervisor, fixtures)
                run_rounds(run.plan.cases, effort, run.plan.seed, run.journal, clock, reporter.show)
                weigh(run.plan.cases, read_declarations(), run.plan.seed, run.journal, clock, reporter.show)
        except KeyboardInterrupt:
            write_tables(run)
            stop(
                f"stopped; what is there is in {show(run.folder)}: go on with '--resume {show(run.folder)}'",
                130,
            )
    return run


def finish(run: Run, *, charts: bool) -> None:
    """Write tables and charts; say where to look, and end with exit 1 if anything failed."""
    summary = write_tables(run)
    if charts:
        write_charts(run, summary)
        write_page(run, summary)
        console.print(f"charts: {show(run.folder)}/charts/")
        console.print(f"report: {show(run.folder)}/report.md")
    console.print(f"numbers: {show(run.folder)}/summary.csv")
    console.print(spell_share(read_table(run, "runs.csv")))
    failed = summary[~summary["status"].isin(FINE)]
    for row in failed.itertuples():
        print(f"{row.status} {row.case}: {row.reason}", file=sys.stderr)
    if not failed.empty:
        stop(f"{len(failed)} of {len(summary)} cases failed, see above")


def show(path: Path) -> Path:
    """Name a path as seen from here, if it is below."""
    path = path.resolve()
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def choose_run(folder: Path | None, results: Path) -> Run:
    """Return the run folder that is named, or the newest."""
    return Run(folder) if folder else runs.latest_run(results)


@app.command()
def collate(run: Folder = None, results: Results = RESULTS) -> None:
    """Write runs.csv from records.jsonl: one row a run."""
    with mending():
        write_runs(choose_run(run, results))


@app.command()
def summarise(run: Folder = None, results: Results = RESULTS) -> None:
    """Write summary.csv from runs.csv: one row a case, median and interval."""
    with mending():
        write_summary(choose_run(run, results))


@app.command()
def cost(run: Folder = None, results: Results = RESULTS) -> None:
    """Print what the measuring itself cost: the harness's share, and the load server beside its clients."""
    with mending():
        table = read_table(choose_run(run, results), "runs.csv")
    console.print(spell_share(table))
    served = tabulate_server(table)
    if served.empty:
        return
    console.print("processor time a request, in µs: server, client, server / client (idle: not counted)")
    for case, row in served.iterrows():
        ratio = f"{row['ratio']:6.2f}" if row["busy"] >= IDLE else "  idle"
        console.print(f"{row['server_us']:8.1f} {row['client_us']:8.1f} {ratio}  {case}")
    worst = served.loc[served["busy"] >= IDLE, "ratio"].max()
    if worst > 1:
        stop(f"expected a server leaner than every client, got {worst:.2f} times one of them")


def parse_percent(text: str) -> float:
    """Read a percentage such as `5%` or `2.5`, as a share."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?) ?%?", text)
    if match is None:
        raise typer.BadParameter(f"expected a percentage such as 5%, got '{text}'")
    return float(match[1]) / 100


Percent = Annotated[
    float | None,
    typer.Option(
        parser=parse_percent,
        metavar="PERCENT",
        help="Exit 1 if B is measurably slower by more than this, e.g. 5%, or has lost a time that A has.",
    ),
]


@app.command()
def compare(
    a: Annotated[str, typer.Argument(metavar="A", help="A run folder, or a case: a part only its id has.")],
    b: Annotated[str, typer.Argument(metavar="B", help="Another one.")],
    run: Annotated[Path | None, typer.Option(help="Whose cases they are; without it the newest run.")] = None,
    fail_above: Percent = None,
    results: Results = RESULTS,
) -> None:
    """Say how many times as fast B is as A: two run folders, or two cases of one run."""
    with mending():
        compared = compare_named(a, b, run, results)
    for line in compared.spell():
        console.out(line)
    if fail_above is None:
        return
    if doubts := compared.count_doubts(fail_above):
        limit = f"{100 * fail_above:g}%"
        console.out(f"{doubts} of the cases may hide a slow-down beyond {limit}: more rounds can tell")
    failures = compared.list_failures(fail_above)
    for failure in failures:
        print(failure, file=sys.stderr)
    if failures:
        stop(f"{len(failures)} cases slower than --fail-above allows, or without a verdict, see above")


@app.command()
def chart(run: Folder = None, results: Results = RESULTS) -> None:
    """Draw the charts from summary.csv."""
    with mending():
        chosen = choose_run(run, results)
        write_charts(chosen, read_table(chosen, "summary.csv"))
        console.print(f"charts: {show(chosen.folder)}/charts/")


@app.command()
def report(
    run: Folder = None,
    splice_into: Annotated[
        list[Path] | None, typer.Option("--splice", help="Also replace the blocks of this page.")
    ] = None,
    results: Results = RESULTS,
) -> None:
    """Write report.md from summary.csv and runs.csv."""
    with mending():
        chosen = choose_run(run, results)
        summary = read_table(chosen, "summary.csv")
        write_page(chosen, summary)
        for page in splice_into or []:
            folder = PurePosixPath(os.path.relpath(chosen.folder, page.parent))
            blocks = make_blocks(folder, list_studies(chosen, summary), read_table(chosen, "runs.csv"))
            blocks = {**blocks, **make_benchmark_blocks(chosen.folder)}
            page.write_text(splice(page.read_text(encoding="utf-8"), blocks), encoding="utf-8")
        console.print(f"report: {show(chosen.folder)}/report.md")


@app.command()
def export(
    run: Folder = None,
    output: Annotated[
        Path | None, typer.Option(help="The file to write; without it hyperfine.json in the run folder.")
    ] = None,
    quantity: Annotated[Quantity, typer.Option(help="What is called a time.")] = "wall_ns",
    case: Annotated[
        list[str] | None, typer.Option(help="Only the cases with this id, in which * is any text.")
    ] = None,
    parameter: Annotated[list[str] | None, typer.Option(help="Only this parameter, e.g. workers.")] = None,
    results: Results = RESULTS,
) -> None:
    """Write the good timed runs as hyperfine's --export-json does, for its scripts, from runs.csv."""
    with mending():
        chosen = choose_run(run, results)
        path, exported = write_export(chosen, case or [], parameter or [], quantity, output)
    count = sum(len(result.times) for result in exported.results)
    console.print(f"hyperfine's format: {show(path)}: {len(exported.results)} cases, {count} runs")
