"""Check: hold the declarations against one another: names, patterns, expressions; before anything is run."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from harness.errors import HarnessError
from harness.paths import HARNESS, show
from harness.plan.declarations import (
    Argument,
    Chart,
    Declarations,
    Finding,
    Language,
    Languages,
    Number,
    Says,
    Skip,
    Study,
    Sweep,
    Value,
    Vector,
    Workload,
)
from harness.plan.expressions import ExpressionError, evaluate, list_attributes, list_names
from harness.plan.quantities import COMPARED, STANDARD, STATISTICS
from harness.plan.tables import read_table

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
FILE = re.compile(r"[a-z][a-z0-9_-]{0,39}")
CASE = {"workers", "cores", "language", "model", "runtime", "copy"}
"""What an expression may say of a case beside its arguments."""
FEWEST_ROUNDS, MOST_COPIES, MOST_WORKERS = 5, 1000, 2**20
FLOOR = 10
PLACE = re.compile(r"\{([^{}]*)\}")
MARKERS, DASH = "osD^vPXhp*d<>H8", re.compile(r"(\d+(\.\d+)?( \d+(\.\d+)?)+)?")
TAKEN = {
    *CASE,
    "case",
    "workload",
    "session",
    "sessions",
    "round",
    "rounds",
    "memory_rounds",
    "order",
    "repeat",
}
TAKEN |= {"phase", "status", "reason", "started_at", "memory_source", "took_ns", "swapped_bytes", "result"}
TAKEN |= {"judged", "judged_width", "precision", "precise", "marks", "note", "x"}
"""Columns of the tables, and words of expressions: nothing that is declared may have such a name."""


def declare(folder: Path = HARNESS) -> Declarations:
    """Read and check everything that is declared below `folder`; raises HarnessError."""
    languages = read_table(folder / "languages.toml", Languages)
    declarations = Declarations(
        models=languages.models,
        languages=languages.languages,
        workloads={path.stem: read_table(path, Workload) for path in list_tables(folder / "workloads")},
        studies={path.stem: read_table(path, Study) for path in list_tables(folder / "studies")},
    )
    require(folder / "languages.toml", check_languages(declarations))
    for name, workload in declarations.workloads.items():
        require(folder / "workloads" / f"{name}.toml", check_workload(name, workload, declarations))
    for name, study in declarations.studies.items():
        require(folder / "studies" / f"{name}.toml", check_study(name, study, declarations, folder))
    return declarations


def list_tables(folder: Path) -> list[Path]:
    """List the TOML files of a folder, in the order of their names."""
    return sorted(folder.glob("*.toml"))


def require(path: Path, mistakes: Iterable[str]) -> None:
    """Raise HarnessError with all mistakes of a file, if there are any."""
    if found := [f"{show(path)}: {mistake}" for mistake in mistakes]:
        raise HarnessError("\n".join(found))


def known(key: str, name: object, names: Iterable[object]) -> Iterator[str]:
    """Tell whether a name is one of those that are there."""
    valid = [str(each) for each in names]
    if str(name) not in valid:
        yield f"{key}: expected one of {', '.join(valid) or 'none'}, got {name!r}"


def pattern(key: str, text: str) -> Iterator[str]:
    """Tell whether a text is a regular expression."""
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        yield f"{key}: expected a regular expression, got {text!r}: {error}"


def expression(key: str, text: Number, names: Iterable[str]) -> Iterator[str]:
    """Tell whether a text is an expression over known names."""
    if isinstance(text, str) and text:
        try:
            unknown = list_names(text) - set(names)
        except ExpressionError as error:
            yield f"{key}: {error}"
            return
        for name in sorted(unknown):
            yield from known(key, name, sorted(names))


def within(key: str, value: float, low: float, high: float) -> Iterator[str]:
    """Tell whether a number is within bounds."""
    if not low <= value <= high:
        yield f"{key}: expected {low:g} … {high:g}, got {value!r}"


def check_languages(declarations: Declarations) -> Iterator[str]:
    """Check every language, its runners, patterns and models."""
    for name, drawn in declarations.models.items():
        if not NAME.fullmatch(name):
            yield f"models.{name}: expected lower-case letters, digits and _, got {name!r}"
        yield from known(f"models.{name}.marker", drawn.marker, MARKERS)
        yield from check_dash(f"models.{name}.dash", drawn.dash)
    for name, language in declarations.languages.items():
        key = f"languages.{name}"
        if not NAME.fullmatch(name):
            yield f"{key}: expected lower-case letters, digits and _, got {name!r}"
        yield from check_runners(f"{key}.runners", language.runners)
        yield from check_runtime(key, language)
        yield from known(f"{key}.baseline", language.baseline, language.models)
        for model in language.models:
            yield from known(f"{key}.models", model, declarations.models)
        for model in language.locked:
            yield from known(f"{key}.locked", model, language.models)
        for theme in ("light", "dark"):
            if not re.fullmatch(r"#[0-9A-Fa-f]{6}", language.colours.get(theme, "")):
                yield f"{key}.colours.{theme}: expected a colour such as #0072B2, got {language.colours.get(theme)!r}"


def check_dash(key: str, text: str) -> Iterator[str]:
    """Tell whether a text is the lengths of a dash."""
    if not DASH.fullmatch(text):
        yield f"{key}: expected lengths such as '6 2', got {text!r}"


def check_runners(key: str, runners: list[list[str]]) -> Iterator[str]:
    """Check that there are commands, and that they are of this repository."""
    if not runners:
        yield f"{key}: expected at least one command, got none"
    for i, command in enumerate(runners):
        first = command[0] if command else ""
        wrong = not Path(first).parts or Path(first).is_absolute() or ".." in Path(first).parts
        if wrong or "**" in first or any("\0" in word for word in command):
            yield f"{key}.{i}: expected a command below the top of the repository, got {command!r}"


def check_runtime(key: str, language: Language) -> Iterator[str]:
    """Check how a language's runtime is named from what its runner says."""
    mistakes = [*pattern(f"{key}.version", language.version), *pattern(f"{key}.lock", language.lock)]
    yield from mistakes
    if not mistakes:
        try:
            re.sub(language.version, language.runtime, "")
        except (re.error, IndexError) as error:
            yield f"{key}.runtime: expected a name with the groups of version, got {language.runtime!r}: {error}"


def check_workload(name: str, workload: Workload, declarations: Declarations) -> Iterator[str]:
    """Check that a workload's tables agree with one another."""
    if not FILE.fullmatch(name):
        yield f"expected a file named with lower-case letters, got {name!r}"
    arguments = [each for each in workload.arguments if each not in list_given(workload)]
    yield from check_names(workload)
    yield from within("vectors", len(workload.vectors), 1, 1000)
    yield from within("sizes", len(workload.sizes), 1, 1000)
    yield from within("typical_s", workload.typical_s, 0, 1e6)
    yield from within("time_limit_s", workload.time_limit_s, 1, 1e6)
    for argument, declared in workload.arguments.items():
        yield from check_argument(f"arguments.{argument}", declared, declarations)
    yield from check_fixtures(workload, arguments)
    for key, metric in workload.metrics.items():
        for statistic in metric.statistics:
            yield from known(f"metrics.{key}.statistics", statistic, STATISTICS)
    yield from check_expressions(workload, arguments)
    yield from known("judged.quantity", workload.judged.quantity, list_quantities(workload))
    if workload.judged.speed and workload.judged.better == "higher":
        yield "judged: expected speed = false where higher is better, got speed = true"
    for i, skip in enumerate(workload.skips):
        yield from check_skip(f"skips.{i}", skip, arguments, declarations)
    vectors = {f"vectors.{i}": vector for i, vector in enumerate(workload.vectors)}
    vectors |= {f"sizes.{size}": vector for size, vector in workload.sizes.items()}
    for key, vector in vectors.items():
        yield from check_vector(key, vector, workload, arguments)


def list_given(workload: Workload) -> set[str]:
    """List the arguments that fixtures give."""
    return {use.gives for use in workload.fixtures.values()}


def list_quantities(workload: Workload) -> list[str]:
    """List every number that a run of a workload has."""
    names = [*STANDARD, *workload.quantities]
    for metric, declared in workload.metrics.items():
        names += declared.list_quantities(metric)
    for fixture in workload.fixtures:
        names += [f"{fixture}_{figure}" for figure in read_figures(fixture)]
    return [*names, *(name for name in workload.arguments if name not in list_given(workload))]


def read_figures(fixture: str) -> list[str]:
    """List the names of the figures that a fixture sees; none where there is no such fixture."""
    module = f"harness.fixtures.{fixture}"
    if not NAME.fullmatch(fixture):
        return []
    try:
        return list(importlib.import_module(module).FIGURES)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        return []


def check_names(workload: Workload) -> Iterator[str]:
    """Check that every number of a run has a name of its own, which can be a column."""
    names = list_quantities(workload)
    for name in sorted({each for each in names if names.count(each) > 1}):
        yield f"{name}: expected a name that nothing else has, got it twice"
    for name in (*workload.arguments, *workload.metrics, *workload.quantities):
        if not NAME.fullmatch(name):
            yield f"{name}: expected lower-case letters, digits and _, got {name!r}"
        if name in TAKEN:
            yield f"{name}: expected a name that the harness has no use for, got one of {', '.join(sorted(TAKEN))}"


def check_argument(key: str, argument: Argument, declarations: Declarations) -> Iterator[str]:
    """Check one argument's own bounds."""
    for language in argument.languages:
        yield from known(f"{key}.languages", language, declarations.languages)
    for choice in argument.choices:
        if not FILE.fullmatch(choice):
            yield f"{key}.choices: expected lower-case letters, digits, _ and -, got {choice!r}"
    if argument.default is not None:
        yield from check_value(f"{key}.default", argument.default, argument)


def check_value(key: str, value: Value, argument: Argument) -> Iterator[str]:
    """Check one argument's value against its choices or bounds."""
    if argument.choices:
        yield from known(key, value, argument.choices)
        return
    low = 0 if argument.minimum is None else argument.minimum
    high = 2**53 if argument.maximum is None else argument.maximum
    if not isinstance(value, int) or not low <= value <= high:
        yield f"{key}: expected {low} … {high}, got {value!r}"


def check_fixtures(workload: Workload, arguments: list[str]) -> Iterator[str]:
    """Check that fixtures are there, and give arguments that are."""
    package = importlib.import_module("harness.fixtures")
    there = sorted(each.name for each in pkgutil.iter_modules(package.__path__))
    for name, use in workload.fixtures.items():
        yield from known(f"fixtures.{name}", name, there)
        yield from known(f"fixtures.{name}.gives", use.gives, workload.arguments)
        for option, text in use.options.items():
            yield from expression(f"fixtures.{name}.options.{option}", text, {*arguments, *CASE})


def check_expressions(workload: Workload, arguments: list[str]) -> Iterator[str]:
    """Check the expressions of a workload."""
    case = {*arguments, *CASE}
    for key in ("result", "units", "releases_lock", "open_files"):
        yield from expression(key, getattr(workload, key), case)
    quantities = set(list_quantities(workload))
    yield from expression("invariant", workload.invariant, {*case, *workload.metrics, "result", "completed"})
    for i, (name, text) in enumerate(workload.quantities.items()):  # each from those before it
        yield from expression(f"quantities.{name}", text, quantities - {*list(workload.quantities)[i:]})
    for key in ("in_flight", "wait_ns", "server_cpu_ns"):
        yield from expression(f"checks.{key}", getattr(workload.checks, key), quantities)


def check_skip(key: str, skip: Skip, arguments: list[str], declarations: Declarations) -> Iterator[str]:
    """Check one reason not to run something."""
    mistakes = [*known(f"{key}.language", skip.language, declarations.languages)]
    yield from mistakes
    if not mistakes and skip.model != "*":
        yield from known(f"{key}.model", skip.model, declarations.languages[skip.language].models)
    yield from pattern(f"{key}.runtime", skip.runtime)
    yield from expression(f"{key}.when", skip.when, {*arguments, *CASE})


def check_vector(key: str, vector: Vector, workload: Workload, arguments: list[str]) -> Iterator[str]:
    """Check the arguments of a vector or a size, and what must come of them."""
    for name, value in vector.arguments.items():
        mistakes = [*known(f"{key}.arguments", name, arguments)]
        yield from mistakes or check_value(f"{key}.arguments.{name}", value, workload.arguments[name])
    for name in arguments:
        if name not in vector.arguments and workload.arguments[name].default is None:
            yield f"{key}.arguments: expected a value for '{name}', which has no default, got none"
    defaults = {name: each.default for name, each in workload.arguments.items() if each.default is not None}
    yield from check_workers(f"{key}.workers", vector.workers, {**defaults, **vector.arguments})
    for field in ("result", "units"):
        value = getattr(vector, field)
        if value == "" and not getattr(workload, field):
            yield f"{key}.{field}: expected a number, here or as an expression of the workload, got none"
        if isinstance(value, int) and abs(value) >= 2**53:
            yield f"{key}.{field}: expected below 2^53, got {value}"
        yield from expression(f"{key}.{field}", value, {*arguments, *CASE})


def check_workers(key: str, workers: Number, arguments: Mapping[str, Value] | None = None) -> Iterator[str]:
    """Check a number of workers, which may depend on the machine's cores: as if there were one."""
    try:
        found = evaluate(workers, {**(arguments or {}), "cores": 1}) if isinstance(workers, str) else workers
    except ExpressionError as error:
        yield f"{key}: {error}"
        return
    number = isinstance(found, int | float) and not isinstance(found, bool)
    if not number or not (isinstance(workers, str) or found >= 1) or not found <= MOST_WORKERS:
        yield f"{key}: expected 1 … {MOST_WORKERS}, got {workers!r}"


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
    if not FEWEST_ROUNDS <= study.floor <= 1000 or (study.floor < FLOOR and not study.floor_reason):
        yield f"floor: expected at least {FLOOR}, or {FEWEST_ROUNDS} with a floor_reason, got {study.floor}"
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
    if mistakes:
        return
    for workload in select_workloads(declarations, sweep.workload).values():
        yield from known(f"{key}.size", sweep.size, workload.sizes)
        for name, values in sweep.arguments.items():
            wrong = [*known(f"{key}.arguments", name, workload.arguments)]
            yield from wrong
            for value in [] if wrong else values:
                yield from check_value(f"{key}.arguments.{name}", value, workload.arguments[name])


def select_workloads(declarations: Declarations, name: str) -> dict[str, Workload]:
    """Return the workloads that a sweep's `workload` stands for."""
    return {each: workload for each, workload in declarations.workloads.items() if name in ("*", each)}


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
    for i, fit in enumerate(study.fits):
        yield from known(f"fits.{i}.x", fit.x, quantities)
        yield from known(f"fits.{i}.y", fit.y, quantities)
    yield from check_charts(study, declarations, quantities, arguments, folder)
    facts = {"verdict", "words", "name", "note", "sigma", "kappa", "intercept"} | quantities
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
    arrays = {
        name
        for each in declarations.workloads.values()
        for name, metric in each.metrics.items()
        if metric.array
    }
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
        if chart.aside:
            yield from known(f"{key}.aside", chart.aside, sorted(quantities))
        yield from expression(f"{key}.where", chart.where, case | quantities)
        for i, ideal in enumerate(chart.ideals):
            yield from expression(f"{key}.ideals.{i}.y", ideal.y, case | quantities | {"limit", "x"})


def check_chart(key: str, name: str, chart: Chart, study: Study) -> Iterator[str]:
    """Check what a chart says without what else is there."""
    if not FILE.fullmatch(name):
        yield f"{key}: expected a file named with lower-case letters, got {name!r}"
    if chart.finding:
        yield from known(f"{key}.finding", chart.finding, study.findings)
    for place, axis in (("x", chart.x), *((f"y.{i}", axis) for i, axis in enumerate(chart.y))):
        yield from within(f"{key}.{place}.scale", axis.scale, 1e-18, 1e18)
    for i, ideal in enumerate(chart.ideals):
        yield from check_dash(f"{key}.ideals.{i}.dash", ideal.dash)
        yield from within(f"{key}.ideals.{i}.panel", ideal.panel, 0, max(0, len(chart.y) - 1))


def check_kept(declarations: Declarations) -> Iterator[str]:
    """Check declarations that a run folder keeps: what it is read by, but not that it is still there today."""
    yield from check_languages(declarations)
    arguments = {name for workload in declarations.workloads.values() for name in workload.arguments}
    for name, study in declarations.studies.items():
        if not FILE.fullmatch(name):
            yield f"studies: expected a name in lower-case letters, got {name[:80]!r}"
        for chart, declared in study.charts.items():
            key = f"studies.{name}.charts.{chart}"
            yield from check_chart(key, chart, declared, study)
            yield from known(f"{key}.panels", declared.panels, ["", "workload", *sorted(CASE | arguments)])
        for finding in study.findings.values():
            for says in finding.says:
                yield from check_says(f"studies.{name}.findings", says, finding)


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
