"""Check workloads: arguments, metrics, fixtures, vectors and sizes that agree with one another."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from types import ModuleType

from harness.plan.checks import CASE, FILE, MOST_WORKERS, NAME, TAKEN, expression, known, pattern, within
from harness.plan.declarations import (
    Argument,
    Declarations,
    Metric,
    Number,
    Skip,
    Value,
    Vector,
    Workload,
)
from harness.plan.expressions import ExpressionError, evaluate
from harness.plan.quantities import OVERLAP, STANDARD, STATISTICS


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
        yield from check_metric(f"metrics.{key}", metric, workload.metrics)
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
    """List the arguments that fixtures give, but for those where a case chooses what is to be given."""
    given = {use.gives for use in workload.fixtures.values()}
    return {name for name in given if name not in workload.arguments or not workload.arguments[name].choices}


def list_quantities(workload: Workload) -> list[str]:
    """List every number that a run of a workload has."""
    names = [*STANDARD, *workload.quantities]
    for metric, declared in workload.metrics.items():
        names += declared.list_quantities(metric)
    for fixture, use in workload.fixtures.items():
        for figure in read_figures(fixture):
            name = f"{fixture}_{figure}"
            names += use.arrays[figure].list_statistics(name) if figure in use.arrays else [name]
    return [*names, *(name for name in workload.arguments if name not in list_given(workload))]


def read_figures(fixture: str) -> list[str]:
    """List the names of the figures that a fixture sees; none where there is no such fixture."""
    module = load_fixture(fixture)
    return list(module.FIGURES) if module else []


def load_fixture(fixture: str) -> ModuleType | None:
    """Import a fixture's module; None where there is no such fixture."""
    name = f"harness.fixtures.{fixture}"
    if not NAME.fullmatch(fixture):
        return None
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        return None
    return module if hasattr(module, "FIGURES") else None


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
    there = sorted(each.name for each in pkgutil.iter_modules(package.__path__) if load_fixture(each.name))
    for name, use in workload.fixtures.items():
        yield from known(f"fixtures.{name}", name, there)
        yield from known(f"fixtures.{name}.gives", use.gives, workload.arguments)
        for option, text in use.options.items():
            yield from expression(f"fixtures.{name}.options.{option}", text, {*arguments, *CASE})
        for array, metric in use.arrays.items():
            yield from known(f"fixtures.{name}.arrays", array, read_figures(name))
            yield from check_metric(f"fixtures.{name}.arrays.{array}", metric, use.arrays)


def check_metric(key: str, metric: Metric, others: Mapping[str, Metric]) -> Iterator[str]:
    """Check what is computed of a metric, one of several."""
    if metric.begins:
        yield from known(
            f"{key}.begins", metric.begins, [name for name, each in others.items() if each.array]
        )
    if OVERLAP in metric.statistics and not metric.begins:
        yield f"{key}.begins: expected the array of when each began, for its {OVERLAP}, got none"
    for statistic in metric.statistics:
        yield from known(f"{key}.statistics", statistic, STATISTICS)


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


def select_workloads(declarations: Declarations, name: str) -> dict[str, Workload]:
    """Return the workloads that a sweep's `workload` stands for."""
    return {each: workload for each, workload in declarations.workloads.items() if name in ("*", each)}
