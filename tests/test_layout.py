"""layout: who may use whom, and that no Python file of the harness knows what only the TOML declares."""

from __future__ import annotations

import ast
import io
import sys
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from harness.paths import HARNESS
from harness.plan.check import declare
from harness.plan.check_workloads import list_quantities
from harness.plan.quantities import STANDARD

BASE = {"errors", "paths"}
USES = {
    "errors": set(),
    "paths": set(),
    "estimates": set(),
    "setup": set(),
    "plan": BASE,
    "fixtures": BASE | {"plan"},
    "store": BASE | {"plan"},
    "machine": BASE | {"plan"},
    "run": BASE | {"estimates", "fixtures", "machine", "plan", "store"},
    "analyse": BASE | {"estimates", "machine", "plan", "store"},
    "tell": BASE | {"analyse", "estimates", "machine", "plan", "run", "store"},
}
"""What each part may use beside itself; the others, on top, may use all."""
ON_TOP = {"__init__", "__main__", "cli", "options", "pipeline"}
WITH_NAMES = {"plan/quantities.py"}
"""Where the names of quantities stand: nowhere else."""


@cache
def list_files() -> list[Path]:
    return sorted(path for path in HARNESS.rglob("*.py") if "__pycache__" not in path.parts)


def name_part(path: Path) -> str:
    """The folder of a module, or its own name where it stands on top."""
    return path.relative_to(HARNESS).parts[0].removesuffix(".py")


def list_imports(path: Path) -> Iterator[str]:
    """What a module imports: `harness.plan.cases`, `numpy`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield from (f"{node.module}.{each.name}" for each in node.names)


def spell(path: Path) -> str:
    return str(path.relative_to(HARNESS))


@pytest.mark.parametrize("path", list_files(), ids=spell)
def test_a_module_uses_only_what_its_folder_may(path: Path) -> None:
    part = name_part(path)
    if part in ON_TOP:
        return
    used = {name.split(".")[1] for name in list_imports(path) if name.startswith("harness.")}
    assert used <= USES[part] | {part}


def test_every_part_has_a_rule() -> None:
    assert {name_part(path) for path in list_files()} == USES.keys() | ON_TOP


def test_parts_use_one_another_in_one_direction() -> None:
    for part, used in USES.items():
        assert not any(part in USES[each] for each in used), part


@pytest.mark.parametrize("path", [path for path in list_files() if name_part(path) == "setup"], ids=spell)
def test_what_comes_before_anything_is_installed_needs_the_standard_library_only(path: Path) -> None:

    used = {name.split(".")[0] for name in list_imports(path)}
    assert used <= set(sys.stdlib_module_names) | {"harness"}


def test_drawings_know_no_study_no_table_and_no_file() -> None:
    for path in (HARNESS / "tell" / "charts").glob("*.py"):
        own = {name for name in list_imports(path) if name.startswith("harness.")}
        assert all(name.startswith("harness.tell.charts") for name in own), path


@pytest.mark.parametrize(
    "folder",
    sorted(path.parent for path in list_files() if path.name == "__init__.py"),
    ids=lambda path: path.name,
)
def test_each_folder_says_in_one_line_what_it_holds(folder: Path) -> None:
    docstring = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8")))
    assert docstring
    assert len(docstring.split("\n\n")[0].splitlines()) == 1


# Names that only the TOML may have.


@cache
def list_names() -> dict[str, str]:
    """What is declared, with the kind of thing it is."""
    declarations = declare()
    names: dict[str, str] = {}
    for name, workload in declarations.workloads.items():
        own = set(list_quantities(workload)) - set(STANDARD)
        names |= dict.fromkeys(own, "quantity")
        names |= dict.fromkeys([*workload.arguments, *workload.sizes], "argument or size")
        names |= dict.fromkeys(workload.metrics, "metric")
        names |= {name: "workload"}
    names |= dict.fromkeys(declarations.studies, "study")
    names |= dict.fromkeys(declarations.models, "model")
    names |= dict.fromkeys(declarations.languages, "language")
    return names


WORDS = {
    "count",
    "default",
    "limit",
    "memory",
    "numpy",
    "pages",
    "quick",
    "rounds",
    "rows",
    "runtimes",
    "server_cpu_ns",
    "size",
    "units",
    "words",
}
"""Declared names that are words of the harness, too: a phase, a part of the environment."""


def list_texts(path: Path) -> Iterator[tuple[int, str]]:
    """The texts of a module."""
    source = path.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value


@pytest.mark.parametrize(
    "path", [path for path in list_files() if name_part(path) not in {"fixtures", "setup"}], ids=spell
)
def test_no_module_names_what_the_toml_declares(path: Path) -> None:
    if spell(path) in WITH_NAMES:
        return
    names = {name: kind for name, kind in list_names().items() if name not in WORDS}
    found = [
        f"{path}:{line}: {kind} {text!r}" for line, text in list_texts(path) if (kind := names.get(text))
    ]
    assert not found


def test_no_variable_has_a_name_that_the_toml_declares() -> None:
    """But for names of one word, which programs have of their own."""
    names = {name for name, kind in list_names().items() if "_" in name and name not in WORDS}
    for path in list_files():
        if name_part(path) in {"fixtures", "setup"} or spell(path) in WITH_NAMES:
            continue
        tokens = tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline)
        found = {each.string for each in tokens if each.type == tokenize.NAME} & names
        assert not found, path
