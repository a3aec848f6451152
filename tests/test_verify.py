"""verify: every implementation is run on the small vectors, and what fails is not timed."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from harness.plan.cases import Use
from harness.plan.declarations import Skip
from harness.run import verify as verify_module
from harness.run.attempt import Bench
from harness.run.verify import Checked, list_vectors, settle, verify
from tests.samples import FAKES, add_fixture, case, workload
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


@pytest.fixture
def shown() -> list[Checked]:
    """What was told of each implementation."""
    return []


@pytest.mark.parametrize(("model", "status", "reason"), [(model, *fate) for model, fate in FATES.items()])
def test_what_fails_a_vector_is_not_timed_and_says_which_and_why(
    bench: Bench,
    shown: list[Checked],
    monkeypatch: pytest.MonkeyPatch,
    model: str,
    status: str,
    reason: str,
) -> None:
    if model == "hanging":
        monkeypatch.setattr(verify_module, "TIME_LIMIT_S", 0.5)
    mine = case(model, workload="early")
    checked = verify(FAKES, [mine], bench, shown.append)
    assert shown == [checked[f"early/fake/{model} fake-1"]]
    settled = settle(mine, checked)
    assert settled.status == status
    assert settled.reason.startswith("vector 1 (limit=3, pace=1): ")
    assert reason in settled.reason


def test_an_implementation_is_verified_once_however_many_cases_it_has(
    tree: Tree, bench: Bench, shown: list[Checked]
) -> None:
    cases = [
        each for each in tree.plan(bench.supervisor, "early", quick=False).cases if each.model == "steady"
    ]
    assert len(cases) == 4
    checked = verify(FAKES, cases, bench, shown.append)
    assert [(each.name, each.vectors, each.verdict.status) for each in shown] == [
        ("early/fake/steady fake-1", 2, "ok")
    ]
    assert [settle(each, checked) for each in cases] == cases


def test_what_is_not_planned_is_not_run(tree: Tree, bench: Bench, shown: list[Checked]) -> None:
    cases = tree.list_cases(bench.supervisor, "early", "needless", "unlisted", "unwritten")
    assert [each.status for each in cases] == ["missing", "missing", "skipped"]
    assert verify(FAKES, cases, bench, shown.append) == {}
    assert shown == []
    assert [settle(each, {}) for each in cases] == cases


def test_a_program_that_is_not_there_is_missing(bench: Bench, shown: list[Checked]) -> None:
    mine = case(workload="early")
    gone = bench._replace(commands={mine.id: ["./nowhere"]})
    (checked,) = verify(FAKES, [mine], gone, shown.append).values()
    assert checked.verdict.status == "missing"
    assert "./nowhere: No such file or directory" in checked.verdict.reason


@pytest.mark.parametrize(("model", "workers"), [("sequential", [1, 1]), ("steady", [2, 3])])
def test_a_vector_has_its_workers_and_the_baseline_has_one(model: str, workers: list[int]) -> None:
    vectors = list_vectors(FAKES, case(model, workload="early", workers=9), 2)
    assert [vector.workers for vector in vectors] == workers
    assert [(vector.arguments, vector.result, vector.units) for vector in vectors] == [
        ({"limit": 3, "pace": 1}, 3, 3),
        ({"limit": 4, "pace": 1}, 4, 4),
    ]


def test_a_vector_has_choices_fixtures_of_its_own_and_maybe_no_result() -> None:
    mine = case(workload="pulse", arguments={"beats": 99, "mode": "wild"}, result=None)
    assert [
        (each.arguments, each.fixtures, each.result, each.units) for each in list_vectors(FAKES, mine, 2)
    ] == [
        ({"beats": 2, "mode": "calm"}, [Use("shelf", "shelf", {"files": 2})], None, 2),
        ({"beats": 3, "mode": "wild"}, [Use("shelf", "shelf", {"files": 3})], None, 3),
    ]


def test_a_fixture_that_fails_is_a_failed_vector_and_no_end_of_all(
    bench: Bench, shown: list[Checked], monkeypatch: pytest.MonkeyPatch
) -> None:
    add_fixture(monkeypatch, "echo", "4", fails=["before"])
    early = workload("early", fixtures={"echo": {"gives": "pace"}})
    declarations = FAKES.__class__(
        models=FAKES.models, languages=FAKES.languages, workloads={"early": early}, studies={}
    )
    cases = [case(name, workload="early") for name in ("steady", "sequential")]
    verify(declarations, cases, bench._replace(workloads={"early": early}), shown.append)
    assert [each.verdict.status for each in shown] == ["unserved", "ok"]
    assert shown[0].verdict.reason == "vector 1 (limit=3, pace=1): echo: no before"


def test_vectors_that_are_skipped_are_not_run(bench: Bench, shown: list[Checked]) -> None:
    """And where all are, nothing shows that the implementation is right."""
    mine = case("steady", workload="early")
    some = workload("early", skips=[Skip("fake", "steady", "why", when="limit == 3")])
    checked = verify(replace(FAKES, workloads={"early": some}), [mine], bench, shown.append)
    assert [each.vectors for each in checked.values()] == [len(some.vectors) - 1]
    none = workload("early", skips=[Skip("fake", "steady", "why")])
    (found,) = verify(replace(FAKES, workloads={"early": none}), [mine], bench, shown.append).values()
    assert (found.verdict.status, found.verdict.reason) == (
        "failed",
        "expected a vector that it does not skip, got none: declare one",
    )
