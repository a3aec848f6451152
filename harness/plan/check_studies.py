"""Check studies: sweeps, comparisons, fits, charts and findings that ask only for what there is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from harness.paths import HARNESS
from harness.plan.check_workloads import check_value, check_workers, list_quantities, select_workloads
from harness.plan.checks import (
    CASE,
    FEWEST_ROUNDS,
    FEWEST_UNCOMPARED,
    FILE,
    FLOOR,
    MOST_COPIES,
    NAME,
    PLACE,
    check_dash,
    expression,
    known,
    pattern,
    within,
)
from harness.plan.declarations import Chart, Declarations, Finding, Says, Study, Sweep, Value, Workload
from harness.plan.expressions import list_attributes
from harness.plan.quantities import COMPARED


def check_study(name: str, study: Study, declarations: Declarations, folder: Path) -> Iterator[str]:
    """Check that a study asks only for what there is."""
    if not FILE.fullmatch(name):
        yield f"expected a file named with lower-case letters, got {name!r}"
    mistakes: list[str] = []
    for key, sweeps in (("sweeps", study.sweeps), ("quick", study.quick)):
        for i, sweep in enumerate(sweeps):
            mistakes += check_sweep(f"{key}.{i}", sweep, declarations)
    yield from mistakes
    yield from within("sweeps", len(study.sweeps), 1, 1000)
    yield from within("memory_rounds", study.memory_rounds, 0, 1000)
    fewest = FEWEST_ROUNDS if study.compare else FEWEST_UNCOMPARED
    if not fewest <= study.floor <= 1000 or (study.floor < FLOOR and not study.floor_reason):
        yield f"floor: expected at least {FLOOR}, or {fewest} with a floor_reason, got {study.floor}"
    if not mistakes:
        yield from check_shown(study, declarations, folder)


def check_sweep(key: str, sweep: Sweep, declarations: Declarations) -> Iterator[str]:
    """Check one block of cases."""
    mistakes = [*known(f"{key}.workload", sweep.workload, ["*", *declarations.workloads])]
    yield from mistakes
    for i, language in enumerate(sweep.languages):
        yield from known(f"{key}.languages.{i}", language, declarations.languages)
    for i, model in enumerate(sweep.models):
        yield from known(f"{key}.models.{i}", model, declarations.models)
    for i, runtime in enumerate(sweep.runtimes):
        yield from pattern(f"{key}.runtimes.{i}", runtime)
    for i, workers in enumerate(sweep.workers):
        yield from check_workers(f"{key}.workers.{i}", workers)
    if not 1 <= sweep.copies <= MOST_COPIES:
        yield f"{key}.copies: expected 1 … {MOST_COPIES}, got {sweep.copies}"
    for workload in [] if mistakes else select_workloads(declarations, sweep.workload).values():
        yield from check_sizes(key, sweep, workload)


def check_sizes(key: str, sweep: Sweep, workload: Workload) -> Iterator[str]:
    """Check the sizes and arguments of a sweep against its workload."""
    for size in sweep.sizes or [sweep.size]:
        yield from known(f"{key}.size", size, workload.sizes)
    for name, values in sweep.arguments.items():
        wrong = [*known(f"{key}.arguments", name, workload.arguments)]
        yield from wrong
        for value in [] if wrong else values:
            yield from check_value(f"{key}.arguments.{name}", value, workload.arguments[name])


def check_shown(study: Study, declarations: Declarations, folder: Path) -> Iterator[str]:
    """Check what a study compares, fits, draws and says."""
    workloads = [
        workload
        for sweep in [*study.sweeps, *study.quick]
        for workload in select_workloads(declarations, sweep.workload).values()
    ]
    quantities = {name for workload in workloads for name in list_quantities(workload)} | {*COMPARED, *CASE}
    arguments = {name for workload in workloads for name in workload.arguments}
    for i, compare in enumerate(study.compare):
        yield from check_place(f"compare.{i}.against", compare.against, workloads, declarations)
        if compare.quantity:
            yield from known(f"compare.{i}.quantity", compare.quantity, sorted(quantities))
    for i, fit in enumerate(study.fits):
        yield from known(f"fits.{i}.x", fit.x, quantities)
        yield from known(f"fits.{i}.y", fit.y, quantities)
    yield from check_charts(study, declarations, quantities, arguments, folder)
    facts = {"verdict", "words", "doubt", "name", "note", "sigma", "kappa", "intercept"} | quantities
    yield from check_findings(study, facts | {fit.parameter for fit in study.fits}, workloads, declarations)


def check_place(
    key: str, where: Mapping[str, Value], workloads: list[Workload], declarations: Declarations
) -> Iterator[str]:
    """Check by what cases are named: the names, and the values that are names themselves."""
    arguments = {name for workload in workloads for name in workload.arguments}
    names: dict[str, Iterable[str]] = {"workload": declarations.workloads, "language": declarations.languages}
    names |= {
        "model": ["@baseline", *declarations.models],
        "size": {size for each in workloads for size in each.sizes},
    }
    for name, value in where.items():
        yield from known(key, name, sorted(CASE - {"cores"} | names.keys() | arguments))
        if name in names and name not in arguments:
            yield from known(f"{key}.{name}", value, names[name])
        for workload in workloads if name in arguments else []:
            if name in workload.arguments and workload.arguments[name].choices:
                yield from check_value(f"{key}.{name}", value, workload.arguments[name])


def check_charts(
    study: Study, declarations: Declarations, quantities: set[str], arguments: set[str], folder: Path
) -> Iterator[str]:
    """Check every chart of a study."""
    arrays = {name for each in declarations.workloads.values() for name in each.arrays}
    case = {*arguments, *CASE, "workload"}
    for name, chart in study.charts.items():
        key = f"charts.{name}"
        yield from check_chart(key, name, chart, study)
        if chart.lanes:
            yield from known(f"{key}.lanes", chart.lanes, sorted(arrays))
        yield from known(f"{key}.drawing", chart.drawing, list_drawings(folder))
        for place, axis in (("x", chart.x), *((f"y.{i}", axis) for i, axis in enumerate(chart.y))):
            yield from known(f"{key}.{place}.quantity", axis.quantity, sorted(quantities | arrays))
        if chart.panels:
            yield from known(f"{key}.panels", chart.panels, sorted(case))
        for value in chart.titles:
            yield from known(f"{key}.titles", value, sorted(list_values(study, declarations, chart.panels)))
        if chart.aside:
            yield from known(f"{key}.aside", chart.aside, sorted(quantities))
        for quantity in re.findall(r"\{([^{}]*)\}", chart.caption):
            yield from known(f"{key}.caption", quantity, sorted(quantities))
        yield from expression(f"{key}.where", chart.where, case | quantities)
        for i, ideal in enumerate(chart.ideals):
            yield from expression(f"{key}.ideals.{i}.y", ideal.y, case | quantities | {"machine_limit", "x"})


def list_values(study: Study, declarations: Declarations, name: str) -> set[str]:
    """List what a study's workloads can have as an argument, spelled as in the titles of panels."""
    found = {str(value) for sweep in study.sweeps for value in sweep.arguments.get(name, [])}
    for sweep in study.sweeps:
        for workload in select_workloads(declarations, sweep.workload).values():
            if name in workload.arguments:
                found |= {str(workload.arguments[name].default), *workload.arguments[name].choices}
            found |= {str(size.arguments[name]) for size in workload.sizes.values() if name in size.arguments}
    return found


def check_chart(key: str, name: str, chart: Chart, study: Study) -> Iterator[str]:
    """Check what a chart says without what else is there."""
    if not FILE.fullmatch(name):
        yield f"{key}: expected a file named with lower-case letters, got {name!r}"
    if chart.finding:
        yield from known(f"{key}.finding", chart.finding, study.findings)
    for place, axis in (("x", chart.x), *((f"y.{i}", axis) for i, axis in enumerate(chart.y))):
        yield from within(f"{key}.{place}.scale", axis.scale, 1e-18, 1e18)
    if not chart.y and chart.drawing in {"lines", "lanes", "heat"}:
        yield f"{key}.y: expected an axis, got none"
    for i, ideal in enumerate(chart.ideals):
        yield from check_dash(f"{key}.ideals.{i}.dash", ideal.dash)
        yield from within(f"{key}.ideals.{i}.panel", ideal.panel, 0, max(0, len(chart.y) - 1))


def list_drawings(folder: Path = HARNESS) -> list[str]:
    """List the drawings: the modules of `tell/charts/` that can draw."""
    there = sorted((folder / "tell" / "charts").glob("[a-z]*.py"))
    return [path.stem for path in there if "\ndef draw(" in path.read_text(encoding="utf-8")]


def check_says(key: str, says: Says, finding: Finding) -> Iterator[str]:
    """Check that a sentence and its condition speak of the finding's cases."""
    yield from expression(f"{key}.when", says.when, {*finding.cases, "cores"})
    for place in re.findall(PLACE, f"{says.title} {says.text}"):
        yield from known(key, place.partition(".")[0], [*finding.cases, "cores"])


def check_findings(
    study: Study, facts: set[str], workloads: list[Workload], declarations: Declarations
) -> Iterator[str]:
    """Check the findings of a study: names, conditions, templates; the last sentence must need no condition."""
    for name, finding in study.findings.items():
        key = f"findings.{name}"
        for case, where in finding.cases.items():
            yield from check_place(f"{key}.cases.{case}", where, workloads, declarations)
            if not NAME.fullmatch(case):
                yield f"{key}.cases: expected lower-case letters, digits and _, got {case!r}"
            if case == "cores":
                yield f"{key}.cases: expected another name than 'cores', which is how many the machine has"
        if not finding.says or finding.says[-1].when != "true":
            yield f"{key}.says: expected a last sentence without `when`, for what was not expected, got none"
        for i, says in enumerate(finding.says):
            mistakes = [*check_says(f"{key}.says.{i}", says, finding)]
            yield from mistakes
            places = re.findall(PLACE, f"{says.title} {says.text}")
            asked = [place.partition(".")[2].removesuffix("_interval") for place in places if "." in place]
            for fact in asked + ([] if mistakes else list_attributes(says.when)):
                yield from known(f"{key}.says.{i}", fact, sorted(facts))
