"""Plan: turn studies into cases; nothing is run here but the runners' `--version` and `--list`."""

from __future__ import annotations

import itertools
import os
import re
import resource
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from harness.declare import (
    ROOT,
    Declarations,
    Language,
    Skip,
    Study,
    Sweep,
    Vector,
    Workload,
    resolve_workers,
    select_workloads,
)
from harness.errors import HarnessError
from harness.processes import Supervisor

SPARE_FILES = 64  # open files a program needs beside its connections
LISTING_LIMIT_S = 60.0
QUICK_MEMORY_ROUNDS = 1


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """An implementation, a runtime, and concrete arguments; with what must come of them."""

    id: str
    language: str
    workload: str
    model: str
    runtime: str
    workers: int
    arguments: dict[str, int]
    fixtures: dict[str, str]
    """Which fixture gives the value of which argument."""
    result: int
    units: int
    command: list[str]
    """The runner."""
    time_limit_s: float
    kind: str
    """The workload's."""
    studies: list[str] = []
    copy: int = 1
    """2 and above: the same once more, measured as if it were another."""
    baseline: str = ""
    """The id of the case it is compared with; empty for the baseline itself."""
    work: float = 1.0
    """How many times the work of that one it is known to do."""
    timed: bool = True
    """Whether it is run in rounds under the clock."""
    memory_rounds: int = 0
    """How many runs it has in the pass that watches memory."""
    status: str = "planned"
    """`planned`, or why it is not run: a status of records.STATUSES."""
    reason: str = ""

    def build(self, addresses: dict[str, str]) -> list[str]:
        """Build the command line; `addresses` has the value of every argument that a fixture gives."""
        words = [*self.command, self.workload, self.model, "--workers", str(self.workers)]
        for name, value in {**self.arguments, **addresses}.items():
            words.extend([f"--{name.replace('_', '-')}", str(value)])
        return words


class Runner(NamedTuple):
    """A program that speaks the contract."""

    language: str
    command: list[str]
    version: str = ""
    """The line that `--version` prints."""
    runtime: str = ""
    implementations: frozenset[tuple[str, str]] = frozenset()
    """What `--list` prints: workload and model."""
    problem: str = ""
    """Why it cannot be used, and how to fix it."""


class Filters(NamedTuple):
    """Names to keep; an empty list keeps all."""

    workload: list[str] = []
    language: list[str] = []
    model: list[str] = []
    runtime: list[str] = []
    study: list[str] = []

    def check(self, declarations: Declarations, runners: list[Runner]) -> None:
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
        """Tell whether a case passes (studies are chosen before there are cases)."""
        wanted = (
            (self.workload, case.workload),
            (self.language, case.language),
            (self.model, case.model),
            (self.runtime, case.runtime),
        )
        return all(not names or name in names for names, name in wanted)


def find_runners(declarations: Declarations, supervisor: Supervisor, root: Path = ROOT) -> list[Runner]:
    """Find every runner that is there; a language without any has one with a problem."""
    found = []
    for name, language in declarations.languages.items():
        commands = [command for pattern in language.runners for command in expand(pattern, root)]
        if not commands:
            problem = f"{name} runner missing: run '{language.remedy}'"
            commands_found = [Runner(name, language.runners[0], problem=problem)]
        else:
            commands_found = [ask(name, language, command, supervisor) for command in commands]
        found.extend(commands_found)
    return found


def expand(pattern: list[str], root: Path) -> list[list[str]]:
    """Turn a command with `*` in its first word into the commands that are there."""
    return [
        [str(path.relative_to(root)), *pattern[1:]]
        for path in sorted(root.glob(pattern[0]))
        if os.access(path, os.X_OK)
    ]


def ask(name: str, language: Language, command: list[str], supervisor: Supervisor) -> Runner:
    """Ask a runner what it is and what it has."""
    answers = []
    for option in ("--version", "--list"):
        finished = supervisor.run([*command, option], LISTING_LIMIT_S)
        if finished.error or finished.timed_out or finished.exit_code:
            cause = finished.error or f"exit status {finished.exit_code}: {supervisor.read_stderr().strip()}"
            problem = (
                f"expected '{' '.join(command)} {option}' to answer, got {cause}: run '{language.remedy}'"
            )
            return Runner(name, command, problem=problem)
        answers.append(supervisor.read_stdout())
    version, listing = answers[0].strip(), answers[1]
    match = re.fullmatch(language.version, version)
    if match is None:
        problem = f"expected a version like {language.version}, got {version!r}: run '{language.remedy}'"
        return Runner(name, command, problem=problem)
    pairs = frozenset(
        (words[0], words[1]) for line in listing.splitlines() if len(words := line.split()) == 2
    )
    return Runner(name, command, version, match.expand(language.runtime), pairs)


def make_plan(
    declarations: Declarations,
    runners: list[Runner],
    filters: Filters,
    *,
    quick: bool,
    cores: int,
    root: Path = ROOT,
) -> list[Case]:
    """List the cases of the chosen studies, each once, with the studies that it serves.

    Raises HarnessError if a filter names what is not there, or leaves nothing.
    """
    filters.check(declarations, runners)
    cases: dict[str, Case] = {}
    for name, study in declarations.studies.items():
        if name not in filters.study and (filters.study or study.on_request):
            continue
        for case in list_cases(declarations, study, runners, filters, quick=quick, cores=cores, root=root):
            cases[case.id] = serve(cases.get(case.id, case), name, study, quick=quick)
    if not cases:
        raise HarnessError("expected at least one case, the filters leave none: see 'python -m harness plan'")
    return list(cases.values())


def serve(case: Case, name: str, study: Study, *, quick: bool) -> Case:
    """Let a case serve a study, beside those that it serves already."""
    memory_rounds = min(study.memory_rounds, QUICK_MEMORY_ROUNDS) if quick else study.memory_rounds
    return replace(
        case,
        studies=[*case.studies, *([] if name in case.studies else [name])],
        timed=study.timed or (case.timed and bool(case.studies)),
        memory_rounds=max(case.memory_rounds, memory_rounds),
    )


def list_cases(
    declarations: Declarations,
    study: Study,
    runners: list[Runner],
    filters: Filters,
    *,
    quick: bool,
    cores: int,
    root: Path,
) -> list[Case]:
    """List one study's cases, on the default runtimes or on those that the filters ask for."""
    chosen = [runner for runner in runners if runner.runtime in filters.runtime] or first_of_each(runners)
    cases = []
    for sweep in study.quick if quick else study.sweeps:
        for name, workload in select_workloads(declarations, sweep.workload).items():
            for runner in chosen:
                language = declarations.languages[runner.language]
                for model in sweep.models or language.models:
                    if model not in language.models:
                        continue
                    state = find_state(name, workload, language, runner, model, root)
                    alone = model == language.baseline
                    for point in list_points(workload, sweep, alone=alone, cores=cores):
                        case = make_case(name, workload, runner, model, point, state)
                        against = find_baseline(case, workload, sweep, language.baseline)
                        cases.extend(copy(replace(case, baseline=against, work=sweep.work), sweep.copies))
    return [case for case in cases if filters.keep(case)]


def first_of_each(runners: list[Runner]) -> list[Runner]:
    """Keep each language's default runner."""
    return list({runner.language: runner for runner in reversed(runners)}.values())[::-1]


def find_state(
    name: str, workload: Workload, language: Language, runner: Runner, model: str, root: Path
) -> tuple[str, str]:
    """Tell whether an implementation can be run, else the status and the reason."""
    path = Path(language.folder, name, f"{model}.{language.extension}")
    for skip in find_skips(workload, runner, model):
        if not skip.above_workers:
            return "skipped", skip.reason
    if runner.problem:
        return "missing", runner.problem
    if not (root / path).exists():
        return "missing", f"expected {path}, or a reason in {name}.toml why there is none, got neither"
    if (name, model) not in runner.implementations:
        return "missing", f"{runner.runtime} does not list '{name} {model}': run '{language.remedy}'"
    return "planned", ""


def find_skips(workload: Workload, runner: Runner, model: str) -> list[Skip]:
    """List the declared reasons not to run a model on a runtime."""
    return [
        skip
        for skip in workload.skips
        if (skip.language, skip.model) == (runner.language, model)
        and re.fullmatch(skip.runtime, runner.runtime)
    ]


class Point(NamedTuple):
    """One place in a sweep."""

    size: Vector
    workers: int
    arguments: dict[str, int]


def list_points(workload: Workload, sweep: Sweep, *, alone: bool, cores: int) -> list[Point]:
    """List the places of a sweep; a model that works alone is there once, with one worker."""
    size = workload.sizes[sweep.size]
    workers = sorted({resolve_workers(each, cores) for each in sweep.workers or [size.workers]})
    if alone:
        workers = [1] if sweep.baseline else []
    names = list(sweep.arguments)
    return [
        Point(size, count, dict(zip(names, values, strict=True)))
        for count in workers
        for values in itertools.product(*sweep.arguments.values())
    ]


def make_case(
    name: str, workload: Workload, runner: Runner, model: str, point: Point, state: tuple[str, str]
) -> Case:
    """Make one case; its id says all that tells it from the others."""
    defaults = {
        key: argument.default for key, argument in workload.arguments.items() if argument.default is not None
    }
    arguments = {**defaults, **point.size.arguments, **point.arguments}
    runtime = runner.runtime or runner.language
    if state[0] == "planned":
        state = check_limits(workload, runner, model, point.workers)
    return Case(
        id=spell_id(workload, f"{name}/{runner.language}/{model}", runtime, point.workers, arguments),
        language=runner.language,
        workload=name,
        model=model,
        runtime=runtime,
        workers=point.workers,
        arguments=arguments,
        fixtures=dict(workload.fixtures),
        result=point.size.result,
        units=point.size.units,
        command=runner.command,
        time_limit_s=workload.time_limit_s,
        kind=workload.kind,
        status=state[0],
        reason=state[1],
    )


def spell_id(
    workload: Workload, implementation: str, runtime: str, workers: int, arguments: dict[str, int]
) -> str:
    """Spell all that tells a case from the others."""
    special = [
        f"{key}={value}" for key, value in arguments.items() if workload.arguments[key].default != value
    ]
    return " ".join([implementation, runtime, f"workers={workers}", *special])


def find_baseline(case: Case, workload: Workload, sweep: Sweep, alone: str) -> str:
    """Return the id of the case that another is compared with: the same work by the model that works alone.

    Where the sweep says `against`, it is the same implementation with that size's arguments.
    """
    if not sweep.against:
        name = f"{case.workload}/{case.language}/{alone}"
        return spell_id(workload, name, case.runtime, 1, case.arguments)
    name = f"{case.workload}/{case.language}/{case.model}"
    arguments = case.arguments | workload.sizes[sweep.against].arguments
    return spell_id(workload, name, case.runtime, case.workers, arguments)


def copy(case: Case, count: int) -> list[Case]:
    """Return a case `count` times; the copies are compared with the first."""
    copies = [
        replace(case, id=f"{case.id} copy={number}", copy=number, baseline=case.id)
        for number in range(2, count + 1)
    ]
    return [case, *copies]


def check_limits(workload: Workload, runner: Runner, model: str, workers: int) -> tuple[str, str]:
    """Skip what is declared to be too much for a model, or what this machine's limits do not allow."""
    for skip in find_skips(workload, runner, model):
        if workers > skip.above_workers:
            return "skipped", skip.reason
    needed = workers * workload.open_files_per_worker + SPARE_FILES
    _, limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    if workload.open_files_per_worker and limit != resource.RLIM_INFINITY and needed > limit:
        remedy = f"raise it, as root, with 'ulimit -Hn {needed}'"
        reason = f"{workers} workers need {needed} open files, the limit is {limit}: {remedy}"
        return "skipped", reason
    return "planned", ""


def raise_file_limit() -> None:
    """Allow ourselves and our children as many open files as may be had without asking."""
    _, limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))


def count_cores() -> int:
    """Count the cores that this process may use, and that its cgroup's quota pays for, at least 1."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = read_quota()
    return max(1, min(allowed, int(quota) if quota else allowed))


def read_quota(root: Path = Path("/sys/fs/cgroup")) -> float | None:
    """Read the cores that the cgroup (of version 2 or 1) pays for; None if it pays for all."""
    unified, old = root / "cpu.max", root / "cpu"
    if unified.exists():
        quota, period = unified.read_text().split()
    elif (old / "cpu.cfs_quota_us").exists():
        quota, period = ((old / f"cpu.cfs_{name}_us").read_text().strip() for name in ("quota", "period"))
    else:
        return None
    return None if quota in ("max", "-1") else int(quota) / int(period)
