"""Every implementation, in every build and on every Python, against the contract and the vectors."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
import pytest

from harness.declare import ROOT, declare
from harness.fixtures import Fixtures
from harness.judge import Report
from harness.plan import Runner, find_skips
from tests.runners import IDS, IMPLEMENTATIONS, PROGRAMS, Program, list_implementations

DECLARATIONS = declare()


@pytest.fixture(scope="module")
def fixtures() -> Iterator[Fixtures]:
    """The workloads' fixtures, started once for all tests of this file."""
    with Fixtures() as running:
        yield running


@pytest.mark.parametrize(("program", "workload", "model"), IMPLEMENTATIONS, ids=IDS)
def test_vectors(program: Program, workload: str, model: str, fixtures: Fixtures) -> None:
    declared = DECLARATIONS.workloads[workload]
    alone = model == DECLARATIONS.languages[program.language].baseline
    for vector in declared.vectors:
        arguments = {
            **{name: each.default for name, each in declared.arguments.items() if each.default is not None},
            **vector.arguments,
        }
        workers = 1 if alone else 4
        with fixtures.serve(declared.fixtures) as served:
            named = {**arguments, **served.addresses}.items()
            words = [word for name, value in named for word in (option(name), str(value))]
            finished = program.run(workload, model, "--workers", str(workers), *words)
        assert (finished.returncode, finished.stderr) == (0, "")
        report = msgspec.json.decode(finished.stdout, type=Report)
        assert finished.stdout.count("\n") == 1
        assert (report.workload, report.model, report.workers) == (workload, model, workers)
        assert (report.result, report.units) == (vector.result, vector.units)
        assert report.elapsed_ns > 0


def option(argument: str) -> str:
    return f"--{argument.replace('_', '-')}"


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_version_is_one_line_that_names_the_runtime(program: Program) -> None:
    finished = program.run("--version")
    assert (finished.returncode, finished.stderr) == (0, "")
    assert re.fullmatch(DECLARATIONS.languages[program.language].version, finished.stdout.removesuffix("\n"))


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_list_is_what_the_files_say_but_for_declared_skips(program: Program) -> None:
    language = DECLARATIONS.languages[program.language]
    version = program.run("--version").stdout.strip()
    match = re.fullmatch(language.version, version)
    assert match
    runner = Runner(program.language, list(program.command), version, match.expand(language.runtime))
    listed = set(list_implementations(program))
    for name, workload in DECLARATIONS.workloads.items():
        for model in language.models:
            skips = [skip for skip in find_skips(workload, runner, model) if not skip.above_workers]
            path = ROOT / language.folder / name / f"{model}.{language.extension}"
            if skips:
                assert (name, model) not in listed, f"{name} {model} is declared to make no sense: {skips}"
            else:
                assert path.exists(), f"{path} is not there, and no reason is declared"
                assert (name, model) in listed


PRIMES = ("--limit", "100", "--units", "4")
USAGE = {
    "nothing": ((), "expected a workload and a model"),
    "no model": (("primes",), "expected a workload and a model"),
    "unknown workload": (("prime", "sequential"), "no workload 'prime': expected one of fetch, primes"),
    "unknown model": (("primes", "fibers"), "no model of primes 'fibers': expected one of "),
    "missing argument": (("primes", "sequential", "--limit", "100"), "--units"),
    "unknown argument": (("primes", "sequential", *PRIMES, "--colour", "3"), "colour"),
    "not a number": (("primes", "sequential", "--limit", "many", "--units", "4"), "whole number from 0"),
    "negative": (("primes", "sequential", "--limit", "-5", "--units", "4"), "-"),
    "no workers": (("primes", "threads", *PRIMES, "--workers", "0"), "at least 1"),
    "sequential on two": (
        ("primes", "sequential", *PRIMES, "--workers", "2"),
        "--workers: expected 1, got 2",
    ),
}


@pytest.mark.parametrize(("words", "expected"), USAGE.values(), ids=list(USAGE))
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_usage_errors_exit_2_and_say_what_is_valid(
    program: Program, words: tuple[str, ...], expected: str
) -> None:
    models = DECLARATIONS.languages[program.language].models
    words = tuple(list(models)[1] if word == "threads" else word for word in words)
    finished = program.run(*words)
    assert finished.returncode == 2
    assert finished.stdout == ""
    assert expected in finished.stderr


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_unknown_model_lists_every_model(program: Program) -> None:
    models = [model for workload, model in list_implementations(program) if workload == "primes"]
    said = program.run("primes", "fibers").stderr
    assert all(model in said for model in models)
