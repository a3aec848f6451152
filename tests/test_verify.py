"""verify: every implementation is run on the small vectors, and what fails is not timed."""

from __future__ import annotations

import msgspec
import pytest

from harness import verify as verify_module
from harness.measure import Clock
from harness.plan import Case
from harness.stages import settle
from harness.verify import Checked, list_vectors, verify
from tests.tree import Tree

FATES = {
    "wrong": ("wrong_result", "expected 3, got -1"),
    "few": ("wrong_units", "expected 3 units, got 1"),
    "silent": ("silent", "got none"),
    "chatty": ("chatty", "got 2"),
    "babbling": ("malformed", "got '42'"),
    "impostor": ("malformed", "got one on"),
    "crashing": ("crashed", "ended by SIGSEGV"),
    "failing": ("failed", "exit status 1: disk on fire"),
    "hanging": ("timeout", "it was killed"),
    "escaping": ("left_behind", "1 processes still running"),
}


def run(tree: Tree, clock: Clock, cases: list[Case]) -> tuple[dict[str, Checked], list[Checked]]:
    shown: list[Checked] = []
    return verify(tree.declare(), cases, clock.supervisor, clock.fixtures, shown.append), shown


@pytest.mark.parametrize(("model", "status", "reason"), [(model, *fate) for model, fate in FATES.items()])
def test_what_fails_a_vector_is_not_timed_and_says_which_and_why(
    tree: Tree, clock: Clock, monkeypatch: pytest.MonkeyPatch, model: str, status: str, reason: str
) -> None:
    if model == "hanging":
        monkeypatch.setattr(verify_module, "TIME_LIMIT_S", 0.5)
    (case,) = tree.plan(clock.supervisor, workload=["early"], model=[model])
    checked, shown = run(tree, clock, [case])
    assert shown == [checked[f"early/fake/{model} fake-1"]]
    settled = settle(case, checked)
    assert settled.status == status
    assert settled.reason.startswith("vector 1 (limit=3, pace=1): ")
    assert reason in settled.reason


def test_an_implementation_is_verified_once_however_many_cases_it_has(tree: Tree, clock: Clock) -> None:
    cases = tree.plan(clock.supervisor, quick=False, workload=["early"], model=["steady"])
    assert len(cases) == 4
    checked, shown = run(tree, clock, cases)
    assert [(each.name, each.vectors, each.verdict.status) for each in shown] == [
        ("early/fake/steady fake-1", 2, "ok")
    ]
    assert [settle(case, checked) for case in cases] == cases


def test_what_is_not_planned_is_not_run(tree: Tree, clock: Clock) -> None:
    cases = tree.plan(clock.supervisor, workload=["early"], model=["needless", "unlisted"])
    assert run(tree, clock, cases) == ({}, [])
    assert [settle(case, {}) for case in cases] == cases


def test_a_program_that_is_not_there_is_missing(tree: Tree, clock: Clock) -> None:
    (case,) = tree.plan(clock.supervisor, workload=["early"], model=["steady"])
    (checked,) = run(tree, clock, [msgspec.structs.replace(case, command=["./nowhere"])])[0].values()
    assert checked.verdict.status == "missing"
    assert "./nowhere: No such file or directory" in checked.verdict.reason


@pytest.mark.parametrize(("model", "workers"), [("sequential", [1, 1]), ("steady", [2, 3])])
def test_a_vector_has_its_workers_and_the_baseline_has_one(
    tree: Tree, clock: Clock, model: str, workers: list[int]
) -> None:
    (case,) = tree.plan(clock.supervisor, workload=["early"], language=["fake"], model=[model])
    vectors = list_vectors(tree.declare(), case)
    assert [vector.workers for vector in vectors] == workers
    assert [(vector.arguments, vector.result, vector.units) for vector in vectors] == [
        ({"limit": 3, "pace": 1}, 3, 3),
        ({"limit": 4, "pace": 1}, 4, 4),
    ]
