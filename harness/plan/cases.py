"""Cases: a study's declaration becomes the list of what is run, and of what is compared with what."""

from __future__ import annotations

import itertools
import re
import resource
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec
from msgspec.structs import replace

from harness.errors import HarnessError
from harness.paths import ROOT
from harness.plan.check_workloads import load_fixture, select_workloads
from harness.plan.declarations import Compare, Declarations, Skip, Study, Sweep, Value, Vector, Workload
from harness.plan.expressions import ExpressionError, evaluate
from harness.plan.runners import Runner, choose_runners

LARGEST = 2**53  # what JSON carries
Whole = Annotated[int, msgspec.Meta(ge=-LARGEST, le=LARGEST)]
SPARE_FILES = 64  # open files a program needs beside its connections


class Use(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fixture that a case needs: which, what it is prepared with, and the argument it gives."""

    fixture: str
    gives: str
    options: dict[str, Value] = {}


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """An implementation, a runtime, and concrete arguments; with what must come of them."""

    id: str
    language: str
    workload: str
    model: str
    runtime: str
    workers: Whole
    size: str
    arguments: dict[str, Whole | str]
    fixtures: list[Use] = []
    result: Whole | None = None
    """None: only the workload's invariant holds."""
    units: Whole = 1
    time_limit_s: float = 120.0
    copy: Whole = 1
    """2 and above: the same once more, measured as if it were another."""
    status: str = "planned"
    """`planned`, or why it is not run: a status of records.STATUSES."""
    reason: str = ""

    @property
    def chosen(self) -> list[str]:
        """List what its fixtures are to be, where there is a choice."""
        values = [self.arguments.get(use.gives) for use in self.fixtures]
        return [value for value in values if isinstance(value, str)]

    @property
    def implementation(self) -> str:
        """Name what it is one of: the implementation and the runtime."""
        return f"{self.workload}/{self.language}/{self.model} {self.runtime}"

    def build(self, command: Sequence[str], given: Mapping[str, str]) -> list[str]:
        """Build the command line; `given` has the value of every argument that a fixture gives."""
        words = [*command, self.workload, self.model, "--workers", str(self.workers)]
        for name, value in {**self.arguments, **given}.items():
            words.extend([f"--{name.replace('_', '-')}", str(value)])
        return words

    def list_values(self, cores: int) -> dict[str, object]:
        """List what expressions may say of it."""
        own = {"workers": self.workers, "cores": cores, "language": self.language, "model": self.model}
        own |= {"runtime": self.runtime, "copy": self.copy, "workload": self.workload}
        return {**self.arguments, **own}


class Comparison(msgspec.Struct, frozen=True):
    """A case and the one that it is compared with."""

    case: str
    against: str
    label: str = ""
    quantity: str = ""
    """What is compared; empty: what the workload's runs are judged by."""


class StudyPlan(NamedTuple):
    """What one study measures."""

    name: str
    cases: list[Case]
    comparisons: list[Comparison]
    commands: dict[str, list[str]]
    """The runner of each case."""


class Filters(NamedTuple):
    """Names to keep; an empty list keeps all."""

    workload: list[str] = []
    language: list[str] = []
    model: list[str] = []
    runtime: list[str] = []
    study: list[str] = []

    def check(self, declarations: Declarations, runners: Sequence[Runner]) -> None:
        """Raise HarnessError for a name that nothing has, with the list of those that are there."""
        known = {
            "workload": set(declarations.workloads),
            "language": set(declarations.languages),
            "model": {model for each in declarations.languages.values() for model in each.models},
            "runtime": {runner.runtime for runner in runners if runner.runtime},
            "study": set(declarations.studies),
        }
        for option, names in self._asdict().items():
            for name in names:
                if name not in known[option]:
                    valid = ", ".join(sorted(known[option])) or "none"
                    raise HarnessError(f"--{option}: expected one of {valid}, got '{name}'")

    def keep(self, case: Case) -> bool:
        """Tell whether a case passes (studies and runtimes are chosen before there are cases)."""
        wanted = ((self.workload, case.workload), (self.language, case.language), (self.model, case.model))
        return all(not names or name in names for names, name in wanted)


class Place(NamedTuple):
    """Where cases are planned: what is declared, what is there, and the machine's cores."""

    declarations: Declarations
    runners: list[Runner]
    """Those that any study chooses have said what they have (`runners.complete`)."""
    cores: int
    root: Path = ROOT


def choose_studies(declarations: Declarations, filters: Filters, *, quick: bool) -> dict[str, Study]:
    """Choose the studies to be measured, in their order."""
    ordered = sorted(declarations.studies.items(), key=lambda item: (item[1].order, item[0]))
    if filters.study:
        return {name: study for name, study in ordered if name in filters.study}
    return {
        name: study for name, study in ordered if not study.on_request and (bool(study.quick) or not quick)
    }


def list_sweeps(study: Study, *, quick: bool) -> list[Sweep]:
    """Return the sweeps of a study; a quick one without any of its own has the full ones."""
    return (study.quick if quick else []) or study.sweeps


def plan_study(place: Place, name: str, filters: Filters, *, quick: bool) -> StudyPlan:
    """List one study's cases and comparisons; what a kept case is compared with is kept, too."""
    study = place.declarations.studies[name]
    pairs: dict[str, tuple[Case, list[str]]] = {}
    for sweep in list_sweeps(study, quick=quick):
        for case, command in list_cases(place, sweep, filters.runtime or sweep.runtimes):
            pairs.setdefault(case.id, (case, command))
    cases = [case for case, _ in pairs.values()]
    comparisons = [each for compare in study.compare for each in list_comparisons(place, cases, compare)]
    kept = {case.id for case in cases if filters.keep(case)}
    planned = {case.id for case in cases if case.status == "planned"}
    comparisons = [each for each in comparisons if each.case in kept and {each.case, each.against} <= planned]
    kept |= {each.against for each in comparisons}
    commands = {identity: command for identity, (_, command) in pairs.items() if identity in kept}
    return StudyPlan(name, [case for case in cases if case.id in kept], comparisons, commands)


def list_cases(place: Place, sweep: Sweep, runtimes: list[str]) -> Iterator[tuple[Case, list[str]]]:
    """List one sweep's cases, each with its runner."""
    for name in select_workloads(place.declarations, sweep.workload):
        for runner in choose_runners(place.runners, runtimes):
            if sweep.languages and runner.language not in sweep.languages:
                continue
            language = place.declarations.languages[runner.language]
            wanted = sweep.models or [each for each in language.models if each not in language.extras]
            for model in [each for each in language.models if each in wanted]:
                if (
                    model in language.optional
                    and not find_source(place, runner.language, name, model).exists()
                ):
                    continue
                for size in sweep.sizes or [sweep.size]:
                    for case in list_points(place, sweep, size, name, runner, model):
                        yield case, runner.command


def find_source(place: Place, language: str, workload: str, model: str) -> Path:
    """Return where an implementation is: the path is its identity."""
    declared = place.declarations.languages[language]
    return place.root / declared.folder / workload / f"{model}.{declared.extension}"


def list_points(
    place: Place, sweep: Sweep, size_name: str, name: str, runner: Runner, model: str
) -> Iterator[Case]:
    """List the cases of one implementation; a model that works alone is there once, with one worker."""
    workload = place.declarations.workloads[name]
    size = workload.sizes[size_name]
    alone = model == place.declarations.find_baseline(runner.language)
    names = list(sweep.arguments)
    for values in itertools.product(*sweep.arguments.values()):
        chosen = dict(zip(names, values, strict=True))
        arguments = workload.choose_arguments(runner.language, {**size.arguments, **chosen})
        counts = {
            1 if alone else max(1, int(compute(each, {**arguments, "cores": place.cores})))
            for each in sweep.workers or [size.workers]
        }
        for workers in sorted(counts):
            case = make_case(place, name, runner, model, size_name, workers, arguments)
            yield from (copy(case, number) for number in range(1, sweep.copies + 1))


def copy(case: Case, number: int) -> Case:
    """Return a case once more, under another id."""
    return case if number == 1 else replace(case, id=f"{case.id} copy={number}", copy=number)


def compute(number: Value, values: Mapping[str, object]) -> float:
    """Return a declared number; raises HarnessError where an expression does not give one."""
    try:
        found = evaluate(number, values) if isinstance(number, str) else number
    except ExpressionError as error:
        raise HarnessError(f"expression {number!r}: {error}") from None
    if isinstance(found, bool) or not isinstance(found, int | float) or not abs(found) < LARGEST:
        raise HarnessError(f"expression {number!r}: expected a number below 2^53, got {found!r}")
    return found


def make_case(
    place: Place, name: str, runner: Runner, model: str, size: str, workers: int, arguments: dict[str, Value]
) -> Case:
    """Make one case; its id says all that tells it from the others."""
    workload = place.declarations.workloads[name]
    case = Case(
        id="",
        language=runner.language,
        workload=name,
        model=model,
        runtime=runner.runtime or runner.language,
        workers=workers,
        size=size,
        arguments=arguments,
        time_limit_s=workload.time_limit_s,
    )
    case = expect(case, workload, workload.sizes[size], place.cores)
    status, reason = find_state(place, workload, case, runner)
    return replace(case, id=spell_id(workload, case), status=status, reason=reason)


def expect(case: Case, workload: Workload, vector: Vector, cores: int) -> Case:
    """Fill in what must come of a case's arguments, and what its fixtures are prepared with."""
    values = case.list_values(cores)
    result: object = vector.result if vector.result != "" else workload.result
    if isinstance(result, str):
        found = evaluate(result, values)
        result = None if found is None else round(compute(result, values))
    units = vector.units if vector.units != "" else workload.units
    uses = [
        Use(name, use.gives, {key: read_option(value, values) for key, value in use.options.items()})
        for name, use in workload.fixtures.items()
    ]
    return replace(case, result=result, units=round(compute(units, values)), fixtures=uses)


def read_option(value: Value, values: Mapping[str, object]) -> Value:
    """Return the value of a fixture's option: a number, a text, or what an expression gives."""
    found = evaluate(value, values) if isinstance(value, str) else value
    if not isinstance(found, int | str):
        raise HarnessError(f"expression {value!r}: expected a whole number or a text, got {found!r}")
    return found


def spell_id(workload: Workload, case: Case) -> str:
    """Spell all that tells a case from the others."""
    special = [
        f"{key}={value}" for key, value in case.arguments.items() if workload.arguments[key].default != value
    ]
    implementation = f"{case.workload}/{case.language}/{case.model}"
    return " ".join([implementation, case.runtime, f"workers={case.workers}", *special])


def find_state(place: Place, workload: Workload, case: Case, runner: Runner) -> tuple[str, str]:
    """Tell whether a case can be run, else the status and the reason."""
    language = place.declarations.languages[case.language]
    path = find_source(place, case.language, case.workload, case.model)
    for skip in find_skips(workload, case, place.cores, runner.packages):
        return "skipped", skip.reason
    if runner.problem:
        return "missing", runner.problem
    if not path.exists():
        return (
            "missing",
            f"expected {path.relative_to(place.root)}, or a reason in {case.workload}.toml why not, got neither",
        )
    if (case.workload, case.model) not in runner.implementations:
        if case.model in language.extras:
            return "skipped", f"{runner.runtime} lacks packages for it: run '{language.extras[case.model]}'"
        what = f"'{case.workload} {case.model}'"
        return "missing", f"{runner.runtime} does not list {what}: run '{language.remedy}'"
    for use in case.fixtures:
        if lack := find_lack(use):
            return "skipped", lack
    return check_limits(workload, case, place.cores)


def find_lack(use: Use) -> str:
    """Say what this machine lacks for a fixture, and what brings it; most fixtures lack nothing."""
    module = load_fixture(use.fixture)
    find = getattr(module, "find_lack", None)
    return str(find(**use.options)) if find else ""


def find_skips(
    workload: Workload, case: Case, cores: int, packages: Collection[str] | None = None
) -> Iterator[Skip]:
    """List the declared reasons not to run a case; those that depend on packages, where they are known."""
    values = case.list_values(cores)
    for skip in workload.skips:
        named = skip.language == case.language and skip.model in ("*", case.model)
        if not named or not re.fullmatch(skip.runtime, case.runtime) or not evaluate(skip.when, values):
            continue
        if not skip.lacking or (packages is not None and not set(skip.lacking) <= set(packages)):
            yield skip


def check_limits(workload: Workload, case: Case, cores: int) -> tuple[str, str]:
    """Skip what this machine's limits do not allow."""
    needed = int(compute(workload.open_files, case.list_values(cores)))
    _, limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    if needed and limit != resource.RLIM_INFINITY and needed + SPARE_FILES > limit:
        remedy = f"raise it, as root, with 'ulimit -Hn {needed + SPARE_FILES}'"
        return "skipped", f"it needs {needed + SPARE_FILES} open files, the limit is {limit}: {remedy}"
    return "planned", ""


def list_comparisons(place: Place, cases: Sequence[Case], compare: Compare) -> Iterator[Comparison]:
    """Find what each case is compared with: the case that differs from it only as declared."""
    by_place = {locate(case, case.arguments): case.id for case in cases}
    for case in cases:
        against = by_place.get(move(place, case, compare.against))
        if against is not None and against != case.id:
            yield Comparison(case.id, against, compare.label, compare.quantity)


Location = tuple[object, ...]


def locate(case: Case, arguments: Mapping[str, Value]) -> Location:
    """Return all that tells a case from the others of its study, but for its size, which its arguments say."""
    own = (case.workload, case.language, case.model, case.runtime, case.workers, case.copy)
    return (*own, tuple(sorted(arguments.items())))


def move(place: Place, case: Case, against: Mapping[str, Value]) -> Location:
    """Return where the case is that another one is compared with."""
    workload = place.declarations.workloads[case.workload]
    changes = {key: value for key, value in against.items() if key in ("language", "runtime", "copy")}
    if "workers" in against:
        changes["workers"] = round(compute(against["workers"], {**case.arguments, "cores": place.cores}))
    moved: Case = replace(case, **changes)
    if "language" in against and "runtime" not in against:
        moved = replace(moved, runtime=choose_default(place.runners, moved.language))
    elif against.get("runtime") == "@default":
        moved = replace(moved, runtime=choose_default(place.runners, case.language))
    if "model" in against:
        baseline = place.declarations.find_baseline(moved.language)
        model = baseline if against["model"] == "@baseline" else str(against["model"])
        moved = replace(moved, model=model, workers=1 if model == baseline else moved.workers)
    own = {key: value for key, value in against.items() if key in workload.arguments}
    named = against["size"] if "size" in against and "size" not in own else ""
    size = workload.sizes[str(named)].arguments if named in workload.sizes else {}
    return locate(moved, workload.choose_arguments(moved.language, {**case.arguments, **size, **own}))


def choose_default(runners: Iterable[Runner], language: str) -> str:
    """Return the name of a language's default runtime."""
    return next((each.runtime for each in runners if each.language == language), "")
