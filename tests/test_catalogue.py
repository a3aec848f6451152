"""The catalogue: every workload and every study that is coming can be declared and planned as it stands there."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest

import harness.fixtures
from harness.paths import HARNESS
from harness.plan.cases import Filters, Place, plan_study
from harness.plan.check import declare
from harness.plan.declarations import Declarations
from harness.plan.runners import Runner
from harness.run.verify import list_vectors

CATALOGUE = Path(__file__).with_name("data") / "catalogue"
FIXTURES = {
    "site": ("in_flight_peak", "cpu_ns"),
    "echoes": ("cpu_ns",),
    "folder": (),
    "database": (),
    "load": ("answered", "missed", "latency_ns"),
}
WORKLOADS = [
    "primes",
    "nqueens",
    "mandelbrot",
    "matmul",
    "hash",
    "wordcount",
    "fetch",
    "echo",
    "sleep",
    "files",
    "query",
    "crawl",
    "spawn",
    "channel",
    "ring",
    "counter",
    "transfer",
    "heartbeat",
    "serve",
    "timeline",
]
STUDIES = [
    "overview",
    "speedup",
    "fanout",
    "timeline",
    "convoy",
    "blocked-loop",
    "release",
    "transfer",
    "spawn",
    "memory",
    "races",
    "contention",
    "channels",
    "oversubscription",
    "granularity",
    "runtimes",
    "null",
]
RUNTIMES = {
    "cpython-3.11": "python",
    "cpython-3.13": "python",
    "cpython-3.13t": "python",
    "go-1.26": "go",
    "g++-12": "cpp",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The catalogue, with the drawings that there are and fixtures that do nothing."""
    copy = Path(shutil.copytree(CATALOGUE, tmp_path / "harness"))
    shutil.copytree(HARNESS / "tell" / "charts", copy / "tell" / "charts")
    (copy / "fixtures").mkdir()
    for name, figures in FIXTURES.items():
        (copy / "fixtures" / f"{name}.py").touch()
        module = ModuleType(f"harness.fixtures.{name}")
        module.FIGURES = {figure: figure for figure in figures}  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, module.__name__, module)
    there = [*harness.fixtures.__path__, str(copy / "fixtures")]
    monkeypatch.setattr(harness.fixtures, "__path__", there)
    return copy


@pytest.fixture
def place(folder: Path, tmp_path: Path) -> Place:
    """A machine on which all of it is written and built."""
    declarations = declare(folder)
    pairs = {
        name: frozenset((workload, model) for workload in declarations.workloads for model in language.models)
        for name, language in declarations.languages.items()
    }
    for name, implementations in pairs.items():
        language = declarations.languages[name]
        for workload, model in implementations:
            path = tmp_path / language.folder / workload / f"{model}.{language.extension}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    runners = [
        Runner(language, [runtime], runtime, runtime, implementations=pairs[language])
        for runtime, language in RUNTIMES.items()
    ]
    return Place(declarations, runners, 4, tmp_path)


def test_the_whole_catalogue_is_declared_without_a_mistake(folder: Path) -> None:
    declarations = declare(folder)
    assert set(declarations.workloads) == set(WORKLOADS)
    assert set(declarations.studies) == set(STUDIES)


def list_arguments(declarations: Declarations, workload: str, language: str) -> set[str]:
    declared = declarations.workloads[workload].arguments.items()
    return {name for name, each in declared if language in (each.languages or [language])}


@pytest.mark.parametrize("study", STUDIES)
def test_every_study_has_cases_and_what_it_compares(place: Place, study: str) -> None:
    planned = plan_study(place, study, Filters(), quick=False)
    assert any(case.status == "planned" for case in planned.cases)
    for compare in place.declarations.studies[study].compare:
        label = compare.label
        assert any(each.label == label for each in planned.comparisons), f"{compare.against} finds nothing"
    for case in planned.cases:
        known = list_arguments(place.declarations, case.workload, case.language)
        assert case.arguments.keys() <= known, f"{case.id} is told what its language does not know"


@pytest.mark.parametrize(
    ("study", "words", "expected"),
    [
        ("overview", "counter/go/pool", (400_000, 400_000, 4)),
        ("overview", "channel/go/pool", (4_999_950_000, 100_000, 2)),
        ("overview", "ring/go/pool", (444, 10_000, 503)),
        ("overview", "echo/go/pool", (50_500, 1_000, 10)),
        ("overview", "mandelbrot/go/pool", (38_311, 400, 4)),
        ("overview", "heartbeat/go/pool", (None, 1_000, 2)),
        ("races", "counter/go/pool", (None, 400_000, 4)),
        ("memory", "sleep/go/pool", (1_000, 1_000, 1_000)),
    ],
)
def test_expressions_give_results_units_and_workers(
    place: Place, study: str, words: str, expected: tuple[int | None, int, int]
) -> None:
    cases = plan_study(place, study, Filters(), quick=False).cases
    case = next(case for case in cases if case.id.startswith(words))
    assert (case.result, case.units, case.workers) == expected


def test_fixtures_are_prepared_with_what_the_case_says(place: Place) -> None:
    cases = plan_study(place, "overview", Filters(workload=["files", "query"]), quick=False).cases
    uses = {case.workload: case.fixtures[0].options for case in cases}
    assert uses == {
        "files": {"files": 1_000, "size": 4_096},
        "query": {"rows": 100_000, "kind": "sqlite"},
    }


def test_vectors_tell_a_language_only_what_it_knows(place: Place) -> None:
    for case in plan_study(place, "overview", Filters(workload=["heartbeat"]), quick=False).cases:
        known = list_arguments(place.declarations, case.workload, case.language)
        for vector in list_vectors(place.declarations, case, place.cores):
            assert vector.arguments.keys() <= known


def test_threads_may_scale_where_the_kernel_lets_go_of_the_lock(place: Place) -> None:
    cases = plan_study(place, "release", Filters(), quick=False).cases
    assert {case.arguments["size"] for case in cases} == {256, 1_048_576}
