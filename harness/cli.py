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
from rich.console import Console

from harness import pipeline
from harness.errors import HarnessError
from harness.fixtures import Fixtures
from harness.machine.calibrate import calibrate as calibrate_machine
from harness.machine.calibrate import list_warnings
from harness.machine.cores import raise_file_limit
from harness.machine.environment import describe
from harness.machine.lock import hold_machine
from harness.options import Anyway, Choice, Folder, Measuring, Quick, Results, options
from harness.paths import show
from harness.plan.check import declare as read_declarations
from harness.run.processes import Supervisor
from harness.run.verify import Checked
from harness.store.folder import RESULTS, Run, latest_run
from harness.tell.compare import compare as compare_named
from harness.tell.export import export as export_study
from harness.tell.pdf import REMEDY, find_browser, picture_page, print_page
from harness.tell.progress import Reporter
from harness.tell.report import (
    list_findings,
    make_benchmark_blocks,
    make_blocks,
    spell_calibration,
    splice,
    write_report,
)
from harness.tell.view import View

app = typer.Typer(
    help="The same work in every language and model: proved equal, timed fairly, drawn.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
MINUTES = 60
console = Console(highlight=False, soft_wrap=True, markup=False)


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
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # whoever read us has gone: nothing is left to say
        raise typer.Exit(141) from None
    except MemoryError:
        stop("expected more memory than this process may use: raise its limit ('ulimit -v unlimited')")
    except OSError as error:
        stop(f"{error.filename or 'standard output'}: {error.strerror}: make room, or choose another place")


@app.command()
def declare() -> None:
    """Check the TOML files that say what exists, and list it."""
    with mending():
        declarations = read_declarations()
        for kind in ("languages", "workloads", "studies"):
            console.print(f"{kind}: {', '.join(getattr(declarations, kind))}")


@app.command()
@options(Choice)
def plan(choice: Choice, quick: Quick = False, results: Results = RESULTS) -> None:
    """List, per study, the cases and the predicted time; and what is not run, with the reason."""
    with mending(), Supervisor() as supervisor:
        request = pipeline.Request(choice.filters, quick)
        ready = pipeline.prepare(supervisor, request)
        known = pipeline.read_known(results)
        total_s, guessed = 0.0, 0
        for study in ready.studies:
            predicted = pipeline.predict(ready, study, known, quick=quick)
            total_s, guessed = total_s + predicted.seconds, guessed + predicted.guessed
            runs = sum(case.status == "planned" for case in study.cases)
            console.print(
                f"{study.name}: {runs} cases, {len(study.comparisons)} comparisons, {spell(predicted.seconds)}"
            )
            for case in study.cases:
                console.print(f"  {case.status:8} {case.id}" + (f": {case.reason}" if case.reason else ""))
        note = f", {guessed} cases are guessed: nothing was measured of them yet" if guessed else ""
        console.print(f"all: {spell(total_s)} to the floor of rounds{note}")


def spell(seconds: float) -> str:
    """Spell a predicted time."""
    return f"about {seconds / 60:.1f} min" if seconds >= 60 else f"about {seconds:.0f} s"


@app.command()
def calibrate(anyway: Anyway = False) -> None:
    """Say what this machine gives: parallel speed, the clock's step, load, governor, quota."""
    with mending(), hold_machine(anyway=anyway), Supervisor() as supervisor:
        found = calibrate_machine(supervisor)
        console.print(spell_calibration(found))
        for warning in list_warnings(describe([], {}) | {"calibration": {"busy_cores": found.busy_cores}}):
            console.print(f"warning: {warning}")


@app.command()
@options(Choice)
def verify(choice: Choice) -> None:
    """Run every implementation on the small vectors; exit 1 if one fails or is missing."""
    with mending(), Supervisor() as supervisor, Fixtures(supervisor.folder) as fixtures:
        ready = pipeline.prepare(supervisor, pipeline.Request(choice.filters))
        checked = pipeline.Campaign(supervisor, fixtures, ready, {}, lambda _: None).verify(show_checked)
        cases = [case for study in ready.studies for case in study.cases]
        missing = {case.implementation: case.reason for case in cases if case.status == "missing"}
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


@app.command()
@options(Choice, Measuring)
def measure(choice: Choice, measuring: Measuring) -> None:
    """Verify, then measure study after study; writes a run folder."""
    with mending():
        finish(run_measurement(choice, measuring), pages=False)


@app.command(name="all")
@options(Choice, Measuring)
def everything(choice: Choice, measuring: Measuring) -> None:
    """Do every stage: verify, measure, collate, summarise, chart, report, slides."""
    with mending():
        finish(run_measurement(choice, measuring), pages=True)


def run_measurement(choice: Choice, measuring: Measuring) -> Run:
    """Hold the machine and do the stages up to measure; on Ctrl-C say how to go on, exit 130."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where a shell put us in the background
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: signal.raise_signal(signal.SIGINT))
    raise_file_limit()
    if measuring.replace and not (measuring.into or measuring.resume):
        raise HarnessError("--replace measures studies of a run folder anew: say which with --into")
    request = measuring.make_request(choice)
    with (
        hold_machine(anyway=measuring.anyway),
        Supervisor() as supervisor,
        Fixtures(supervisor.folder) as fixtures,
    ):
        if measuring.resume:
            return resume_measurement(choice, measuring, request, supervisor, fixtures)
        ready = pipeline.prepare(supervisor, request)
        known = pipeline.read_known(measuring.results)  # before any of it is replaced
        with Reporter(console) as reporter:
            campaign = pipeline.Campaign(supervisor, fixtures, ready, known, reporter.show)
            if measuring.into:
                run = Run(measuring.into)
                names = pipeline.extend(
                    campaign,
                    ready,
                    request,
                    run,
                    show_checked,
                    replace_old=measuring.replace,
                    anyway=measuring.anyway,
                )
            else:
                run = pipeline.begin(campaign, ready, request, measuring.results, show_checked)
                names = [study.name for study in ready.studies]
            for warning in list_warnings(describe([], {})):
                console.print(f"warning: {warning}")
            return measure_studies(campaign, run, names, request)


def resume_measurement(
    choice: Choice,
    measuring: Measuring,
    request: pipeline.Request,
    supervisor: Supervisor,
    fixtures: Fixtures,
) -> Run:
    """Go on with a run folder: the studies of which a session is under way, or none was begun."""
    others = (*choice.filters, measuring.quick, measuring.seed is not None, measuring.into, measuring.replace)
    if any(others):
        raise HarnessError("--resume goes on with the run's own cases: leave the other choices out")
    run = Run(measuring.resume or Path())
    if measuring.budget is None:
        request = request._replace(budget_s=run.frozen.budget_s)
    ready = pipeline.resume(run, supervisor, anyway=measuring.anyway)
    known = pipeline.read_known(measuring.results)
    with Reporter(console) as reporter:
        campaign = pipeline.Campaign(supervisor, fixtures, ready, known, reporter.show)
        if any(map(pipeline.is_open, run.studies)) and not measuring.anyway:
            campaign.require_same_machine(run.studies)
        return measure_studies(campaign, run, [folder.name for folder in run.studies], request)


def measure_studies(
    campaign: pipeline.Campaign, run: Run, names: list[str], request: pipeline.Request
) -> Run:
    """Measure; on Ctrl-C write what is there, and say how to go on."""
    try:
        campaign.measure(run, names, request)
    except KeyboardInterrupt:
        stop(f"stopped; what is there is in {show(run.path)}: go on with '--resume {show(run.path)}'", 130)
    return run


def finish(run: Run, *, pages: bool) -> None:
    """Write tables and pages; say what was found and which files to open, and end with exit 1 if anything failed."""
    pipeline.write_runs(run)
    pipeline.write_summary(run)
    told = []
    if pages:
        write_charts(run)
        told = try_slides(run)
        console.print(list_findings(write_page(run)))
        told.append(f"report: {show(run.path)}/index.html")
    console.print(f"numbers: {show(run.path)}/<study>/summary.csv and comparisons.csv")
    console.print(pipeline.spell_share(run))
    for line in told:
        console.print(line)
    failures = list(pipeline.list_failures(run))
    for failure in failures:
        print(failure, file=sys.stderr)
    if failures:
        stop(f"{len(failures)} cases failed, see above")


def list_views(run: Run) -> list[View]:
    """Prepare every study of a run to be told."""
    frozen = run.frozen
    return [View(folder, frozen) for folder in pipeline.list_folders(run)]


def write_charts(run: Run) -> None:
    """Draw every chart of every study."""
    from harness.tell.pictures import draw  # noqa: PLC0415 (matplotlib takes a second, which other verbs need not wait)

    for view in list_views(run):
        for name, picture in draw(view):
            view.folder.write(name, picture)


def write_page(run: Run) -> list[View]:
    """Write a run's report, as a page to open (index.html) and as one that is read where it stands (report.md)."""
    from harness.tell.index import write_index  # noqa: PLC0415 (its libraries take a second)

    views = list_views(run)
    run.write("report.md", write_report(run.path.name, views).encode())
    run.write("index.html", write_index(run, views).encode())
    return views


def try_slides(run: Run) -> list[str]:
    """Write a run's deck; returns what to tell of it, also where it has too few studies for one."""
    try:
        return write_slides(run, MINUTES)
    except HarnessError as error:
        return [f"no slides: {error}"]


def write_slides(run: Run, minutes: int) -> list[str]:
    """Write a run's deck, and print it where there is a browser; returns what to tell of it."""
    from harness.tell.slides import SLIDE, write_deck  # noqa: PLC0415 (its libraries take a second)

    deck = write_deck(list_views(run), run.frozen.declarations, minutes)
    run.write("slides.html", deck.slides.encode())
    told = []
    if deck.left_out:
        told.append(f"slides left out, whose studies this run has not in full: {', '.join(deck.left_out)}")
    browser = find_browser()
    if browser is None:
        told.append(f"no slides.pdf and notes.pdf: there is no browser: {REMEDY}")
    told.append(f"slides: {show(run.path)}/slides.html")
    if browser is None:
        return told
    run.write("slides.pdf", print_page(browser, deck.slides))
    run.write("notes.pdf", print_page(browser, deck.notes))
    run.write("slides.png", picture_page(browser, deck.slides, SLIDE))
    return told


def choose_run(folder: Path | None, results: Path) -> Run:
    """Return the run folder that is named, or the newest."""
    return Run(folder) if folder else latest_run(results)


@app.command()
def collate(run: Folder = None, results: Results = RESULTS) -> None:
    """Write runs.csv and series.csv of every study, from its records."""
    with mending():
        pipeline.write_runs(choose_run(run, results))


@app.command()
def summarise(run: Folder = None, results: Results = RESULTS) -> None:
    """Write summary.csv, comparisons.csv, fits.csv and marks.csv from runs.csv."""
    with mending():
        pipeline.write_summary(choose_run(run, results))


@app.command()
def chart(run: Folder = None, results: Results = RESULTS) -> None:
    """Draw the charts from the tables."""
    with mending():
        chosen = choose_run(run, results)
        write_charts(chosen)
        console.print(f"charts: {show(chosen.path)}/<study>/charts/")


@app.command()
def report(
    run: Folder = None,
    splice_into: Annotated[
        list[Path] | None, typer.Option("--splice", help="Also replace the blocks of this page.")
    ] = None,
    results: Results = RESULTS,
) -> None:
    """Write index.html and report.md from the tables and charts."""
    with mending():
        chosen = choose_run(run, results)
        views = write_page(chosen)
        for page in splice_into or []:
            folder = PurePosixPath(os.path.relpath(chosen.path, page.parent))
            blocks = {**make_blocks(folder, views), **make_benchmark_blocks(chosen.path)}
            blocks["share"] = f"{pipeline.spell_share(chosen).capitalize()}.\n"
            page.write_text(splice(page.read_text(encoding="utf-8"), blocks), encoding="utf-8")
        console.print(f"report: {show(chosen.path)}/index.html")


@app.command()
def slides(
    run: Folder = None,
    minutes: Annotated[
        int,
        typer.Option(min=10, help="For a talk of 10, 20, 40 or 60 minutes: only the slides it has time for."),
    ] = MINUTES,
    results: Results = RESULTS,
) -> None:
    """Make the deck from the tables: slides.html, and slides.pdf and notes.pdf where there is a browser."""
    with mending():
        for line in write_slides(choose_run(run, results), minutes):
            console.print(line)


def parse_percent(text: str) -> float:
    """Read a percentage such as `5%` or `2.5`, as a share."""
    match = re.fullmatch(r"(\d{1,4}(?:\.\d{1,3})?) ?%?", text)
    if match is None:
        raise typer.BadParameter(f"expected a percentage such as 5%, got '{text}'")
    return float(match[1]) / 100


@app.command()
def compare(
    a: Annotated[str, typer.Argument(metavar="A", help="A run folder, or a case: its id, or a part of it.")],
    b: Annotated[str, typer.Argument(metavar="B", help="Another one.")],
    run: Annotated[Path | None, typer.Option(help="Whose cases they are; without it the newest run.")] = None,
    study: Annotated[str, typer.Option(help="Only this study.")] = "",
    fail_above: Annotated[
        float | None,
        typer.Option(
            parser=parse_percent, metavar="PERCENT", help="Exit 1 if B is slower by more, or has lost a case."
        ),
    ] = None,
    results: Results = RESULTS,
) -> None:
    """Say how many times as fast B is as A: two run folders, or two cases of one run."""
    with mending():
        outcome = compare_named(a, b, run, results, study)
        for line in outcome.spell():
            console.print(line)
        if fail_above is None:
            return
        failures = [each for each in outcome.compared if each.fails(fail_above)]
        if failures:
            stop(
                f"{len(failures)} cases worse than --fail-above allows, lost, or with too few rounds: see above"
            )


@app.command()
def export(
    run: Folder = None,
    study: Annotated[str, typer.Option(help="This study's runs; without it the first one's.")] = "",
    case: Annotated[
        list[str] | None, typer.Option(help="Only cases with this id; * stands for any text.")
    ] = None,
    parameter: Annotated[list[str] | None, typer.Option(help="Only this parameter, e.g. workers.")] = None,
    results: Results = RESULTS,
) -> None:
    """Write a study's good timed runs as hyperfine's --export-json does, for its scripts."""
    with mending():
        path, exported = export_study(choose_run(run, results), study, case or [], parameter or [])
        console.print(f"hyperfine's format: {show(path)}: {len(exported)} cases")


@app.command()
def pack(run: Folder = None, results: Results = RESULTS) -> None:
    """Pack the records of a run folder that is kept; runs.csv and the like are made from them on demand."""
    with mending():
        for folder in pipeline.list_folders(choose_run(run, results)):
            folder.journal.pack()
            folder.probes.pack()
            for name in ("runs.csv", "series.csv"):
                (folder.path / name).unlink(missing_ok=True)
