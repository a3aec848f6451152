"""Check: read the declarations, and hold them against one another before anything is run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from harness.paths import HARNESS
from harness.plan.check_studies import check_chart, check_says, check_study
from harness.plan.check_workloads import check_workload
from harness.plan.checks import CASE, FILE, MARKERS, NAME, check_dash, known, pattern, require
from harness.plan.declarations import Declarations, Language, Languages, Study, Workload
from harness.plan.tables import read_table


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
        for place in ("locked", "optional", "extras"):
            for model in getattr(language, place):
                yield from known(f"{key}.{place}", model, language.models)
        for theme in ("light", "dark"):
            if not re.fullmatch(r"#[0-9A-Fa-f]{6}", language.colours.get(theme, "")):
                yield f"{key}.colours.{theme}: expected a colour such as #0072B2, got {language.colours.get(theme)!r}"


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
