"""Declare: read the TOML files that say what exists, strictly.

Every mistake is reported with its file, its key, what was expected and what was got.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Literal, TypeVar

import pydantic
from pydantic_core import ErrorDetails

from harness.errors import HarnessError

HARNESS = Path(__file__).resolve().parent
ROOT = HARNESS.parent

Value = int | str
Workers = int | str
WORKERS = re.compile(r"(?:(?P<factor>\d+(?:\.\d+)?)\*)?cores")


class Strict(pydantic.BaseModel):
    """A table in which a key that nobody declared is an error."""

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid", strict=True)


class Model(Strict):
    """How one model of a language is shown."""

    label: str
    marker: str
    """A marker of matplotlib; the same in every language."""
    under_lock: bool = False
    """Whether its workers share the interpreter's lock, where the runtime has one."""


class Language(Strict):
    """One language of `languages.toml`."""

    label: str
    colour: str
    folder: str
    extension: str
    runners: list[list[str]]
    """Commands, best first, relative to the top of the repository; `*` stands for any name."""
    remedy: str
    """What to type when no runner is there."""
    version: str
    """A regular expression for the line that `--version` prints."""
    runtime: str
    """The runtime's name, with the groups of `version`."""
    baseline: str
    """The model that works alone, on one worker; speed-up is measured against it."""
    lock: str = ""
    """A regular expression for the runtimes in which one lock lets only one thread run at a time."""
    models: dict[str, Model]
    """Its models, in the order they are shown in."""


class Argument(Strict):
    """One argument of a workload."""

    description: str
    default: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    changes_result: bool = True
    """Whether another value gives another result or other units; only a size may then set it."""


class Vector(Strict):
    """Arguments with the result that every implementation must give for them."""

    arguments: dict[str, int]
    result: int
    units: int
    workers: Workers = 2
    """How many workers: a number, or `cores`, or `1.5*cores`."""


class Skip(Strict):
    """What makes no sense to run, and why; the report prints the reason."""

    language: str
    model: str
    reason: str
    runtime: str = ".*"
    """A regular expression for the runtimes it holds for."""
    above_workers: int = 0
    """It holds only for more workers than this."""


class Workload(Strict):
    """One file of `workloads/`."""

    kind: Literal["cpu", "io", "mixed", "coordination", "interference"]
    description: str
    unit: str
    source: str
    """Where the expected results come from."""
    arguments: dict[str, Argument]
    vectors: list[Vector]
    sizes: dict[str, Vector]
    skips: list[Skip] = []
    fixtures: dict[str, str] = {}
    """Which fixture gives the value of which argument."""
    releases_lock: bool = False
    """Whether its kernel runs outside the interpreter's lock, so that threads are expected to scale."""
    open_files_per_worker: int = 0
    time_limit_s: int = 120
    """A run that takes longer is ended, and is a row with the status `timeout`."""


class Sweep(Strict):
    """A block of cases: one workload at one size, times workers, times arguments."""

    workload: str
    """A workload's name, or `*` for every one."""
    size: str
    models: list[str] = []
    """Only these; empty: every one."""
    workers: list[Workers] = []
    """Empty: as the size says."""
    baseline: bool = True
    """Whether the model that works alone is among them."""
    arguments: dict[str, list[int]] = {}
    copies: int = pydantic.Field(default=1, ge=1)
    """How many times each case is there: the second is measured, and compared, as if it were another."""
    against: str = ""
    """A size: each case is compared with the same implementation at that size, not with the baseline."""
    work: float = pydantic.Field(default=1.0, gt=0)
    """How many times the work of that size it is, where that is known."""


class Study(Strict):
    """One file of `studies/`."""

    question: str
    chart: str
    """The name of a drawing in `charts/`."""
    sweeps: list[Sweep]
    quick: list[Sweep] = []
    """What `--quick` runs instead."""
    on_request: bool = False
    """Run only when `--study` names it."""
    timed: bool = True
    """Whether its cases are run in rounds under the clock."""
    memory_rounds: int = pydantic.Field(default=0, ge=0)
    """How many runs each of its cases has in the pass that watches memory."""
    fits: list[Literal["scaling", "bytes_per_worker", "bytes_per_unit"]] = []
    """Which models are fitted to its cases (`fits.csv`)."""


class Declarations(Strict):
    """All there is, by name, checked against one another."""

    languages: dict[str, Language]
    workloads: dict[str, Workload]
    studies: dict[str, Study]


Table = TypeVar("Table")


def read_toml(path: Path, kind: type[Table]) -> Table:
    """Read one TOML file as `kind`; raises HarnessError with file, key, expected and got."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise HarnessError(f"{show(path)}: expected TOML: {error}") from None
    try:
        return pydantic.TypeAdapter(kind).validate_python(data)
    except pydantic.ValidationError as error:
        raise HarnessError("\n".join(explain(path, each) for each in error.errors())) from None


def explain(path: Path, error: ErrorDetails) -> str:
    """Turn one of pydantic's errors into file, key, expected, got."""
    key = ".".join(str(part) for part in error["loc"])
    match error["type"]:
        case "missing":
            return f"{show(path)}: {key}: expected this key, got nothing"
        case "extra_forbidden":
            return f"{show(path)}: {key}: expected no such key, got {error['input']!r}"
    expected = error["msg"].replace("Input should be ", "")
    return f"{show(path)}: {key}: expected {expected}, got {error['input']!r}"


def show(path: Path) -> str:
    """Name a file as seen from the top of the repository."""
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


def declare(folder: Path = HARNESS) -> Declarations:
    """Read and check everything that is declared below `folder`; raises HarnessError."""
    declarations = Declarations(
        languages=read_toml(folder / "languages.toml", dict[str, Language]),
        workloads={path.stem: read_toml(path, Workload) for path in tables(folder / "workloads")},
        studies={path.stem: read_toml(path, Study) for path in tables(folder / "studies")},
    )
    for name, workload in declarations.workloads.items():
        check_workload(folder / "workloads" / f"{name}.toml", workload, declarations)
    for name, study in declarations.studies.items():
        check_study(folder / "studies" / f"{name}.toml", study, declarations)
    return declarations


def tables(folder: Path) -> list[Path]:
    """List the TOML files of a folder, in the order of their names."""
    return sorted(folder.glob("*.toml"))


def require_known(path: Path, key: str, name: str, known: object) -> None:
    """Raise HarnessError unless `name` is one of the `known` names."""
    names = sorted(known)  # type: ignore[call-overload]
    if name not in names:
        raise HarnessError(f"{show(path)}: {key}: expected one of {', '.join(names)}, got {name!r}")


def check_workload(path: Path, workload: Workload, declarations: Declarations) -> None:
    """Check that a workload's tables agree with one another."""
    for argument in workload.fixtures:
        require_known(path, "fixtures", argument, workload.arguments)
    for i, skip in enumerate(workload.skips):
        require_known(path, f"skips.{i}.language", skip.language, declarations.languages)
        models = declarations.languages[skip.language].models
        require_known(path, f"skips.{i}.model", skip.model, models)
    for key, vector in [
        *((f"vectors.{i}", vector) for i, vector in enumerate(workload.vectors)),
        *((f"sizes.{name}", size) for name, size in workload.sizes.items()),
    ]:
        for name, value in vector.arguments.items():
            check_value(path, f"{key}.arguments", name, value, workload)
        check_workers(path, f"{key}.workers", vector.workers)
        check_complete(path, f"{key}.arguments", vector, workload)
        if not 0 <= abs(vector.result) < 2**53:
            raise HarnessError(f"{show(path)}: {key}.result: expected below 2^53, got {vector.result}")


def check_complete(path: Path, key: str, vector: Vector, workload: Workload) -> None:
    """Check that all arguments that change the result are set."""
    for name, argument in workload.arguments.items():
        if argument.changes_result and name not in workload.fixtures and name not in vector.arguments:
            raise HarnessError(
                f"{show(path)}: {key}: expected a value for '{name}', which changes the result, got none"
            )


def check_value(path: Path, key: str, name: str, value: int, workload: Workload) -> None:
    """Check one argument's value against its bounds."""
    require_known(path, key, name, workload.arguments)
    argument = workload.arguments[name]
    low = -(2**53) if argument.minimum is None else argument.minimum
    high = 2**53 if argument.maximum is None else argument.maximum
    if not low <= value <= high:
        raise HarnessError(f"{show(path)}: {key}.{name}: expected {low} … {high}, got {value}")


def check_workers(path: Path, key: str, workers: Workers) -> None:
    """Check a number of workers, which may depend on the machine's cores."""
    if isinstance(workers, int):
        if workers < 1:
            raise HarnessError(f"{show(path)}: {key}: expected at least 1, got {workers}")
    elif not WORKERS.fullmatch(workers):
        raise HarnessError(f"{show(path)}: {key}: expected a number, 'cores' or '1.5*cores', got {workers!r}")


def check_study(path: Path, study: Study, declarations: Declarations) -> None:
    """Check that a study asks only for what its workloads have."""
    blocks = [("sweeps", study.sweeps), ("quick", study.quick)]
    for key, sweep in [(f"{name}.{i}", sweep) for name, block in blocks for i, sweep in enumerate(block)]:
        require_known(path, f"{key}.workload", sweep.workload, ["*", *declarations.workloads])
        known = [model for language in declarations.languages.values() for model in language.models]
        for i, model in enumerate(sweep.models):
            require_known(path, f"{key}.models.{i}", model, known)
        for workload in select_workloads(declarations, sweep.workload).values():
            require_known(path, f"{key}.size", sweep.size, workload.sizes)
            if sweep.against:
                require_known(path, f"{key}.against", sweep.against, workload.sizes)
            for name, values in sweep.arguments.items():
                for value in values:
                    check_value(path, f"{key}.arguments", name, value, workload)
                if workload.arguments[name].changes_result:
                    raise HarnessError(
                        f"{show(path)}: {key}.arguments.{name}: expected an argument that does not "
                        "change the result; this one does: give the workload another size"
                    )
        for workers in sweep.workers:
            check_workers(path, f"{key}.workers", workers)


def select_workloads(declarations: Declarations, name: str) -> dict[str, Workload]:
    """Return the workloads that a sweep's `workload` stands for."""
    return {each: workload for each, workload in declarations.workloads.items() if name in ("*", each)}


def resolve_workers(workers: Workers, cores: int) -> int:
    """Turn `1.5*cores` into a number of workers, at least 1."""
    if isinstance(workers, int):
        return workers
    match = WORKERS.fullmatch(workers)
    if match is None:
        raise ValueError(f"expected a number, 'cores' or '1.5*cores', got {workers!r}")
    return max(1, int(float(match["factor"] or 1) * cores))
