"""Every implementation, in every build and on every Python, against the contract and the vectors."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from harness.fixtures import Fixtures
from harness.paths import ROOT
from harness.plan.cases import Case, find_lack, find_skips
from harness.plan.check import declare
from harness.run.contract import judge
from harness.run.verify import list_vectors
from tests.runners import (
    IDS,
    IMPLEMENTATIONS,
    PROGRAMS,
    THOROUGH,
    Program,
    list_implementations,
    list_packages,
)

DECLARATIONS = declare()
CORES = 4


@pytest.fixture(scope="module")
def fixtures() -> Iterator[Fixtures]:
    """The workloads' fixtures, started once for all tests of this file."""
    with Fixtures() as running:
        yield running


def make_case(program: Program, workload: str, model: str, runtime: str = "") -> Case:
    """An implementation, before it has arguments."""
    return Case(
        id="",
        language=program.language,
        workload=workload,
        model=model,
        runtime=runtime,
        workers=1,
        size="default",
        arguments={},
    )


def choose_vectors(program: Program, workload: str, model: str) -> list[Case]:
    """All vectors that this machine can run; on further Pythons one, for what their release does not have."""
    vectors = [
        vector
        for vector in list_vectors(DECLARATIONS, make_case(program, workload, model), CORES)
        if not any(find_lack(use) for use in vector.fixtures)
        and not any(find_skips(DECLARATIONS.workloads[workload], vector, CORES, list_packages(program)))
    ]
    return vectors if program in THOROUGH else vectors[-1:]


@pytest.mark.parametrize(("program", "workload", "model"), IMPLEMENTATIONS, ids=IDS)
def test_vectors(program: Program, workload: str, model: str, fixtures: Fixtures) -> None:
    declared = DECLARATIONS.workloads[workload]
    vectors = choose_vectors(program, workload, model)
    assert vectors
    for vector in vectors:
        with fixtures.serve(vector.fixtures) as served:
            finished = program.run(*vector.build([], served.given))
        assert (finished.returncode, finished.stderr) == (0, "")
        assert finished.stdout.endswith("\n")
        verdict = judge(vector, declared, None, finished.stdout, CORES)
        assert (verdict.status, verdict.reason) == ("ok", "")


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_version_is_one_line_that_names_the_runtime(program: Program) -> None:
    finished = program.run("--version")
    assert (finished.returncode, finished.stderr) == (0, "")
    assert re.fullmatch(DECLARATIONS.languages[program.language].version, finished.stdout.removesuffix("\n"))


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_list_is_what_the_files_say_but_for_declared_skips(program: Program) -> None:
    language = DECLARATIONS.languages[program.language]
    match = re.fullmatch(language.version, program.run("--version").stdout.strip())
    assert match
    listed = set(list_implementations(program))
    for name, workload in DECLARATIONS.workloads.items():
        for model in language.models:
            case = make_case(program, name, model, match.expand(language.runtime))
            always = [skip for skip in workload.skips if skip.when == "true"]
            skips = [*find_skips(replace(workload, skips=always), case, CORES)]
            path = ROOT / language.folder / name / f"{model}.{language.extension}"
            if skips:
                assert (name, model) not in listed, f"{name} {model} is declared to make no sense: {skips}"
            elif model in language.optional:
                assert path.exists() or (name, model) not in listed
            else:
                assert path.exists(), f"{path} is not there, and no reason is declared"
                assert (name, model) in listed
