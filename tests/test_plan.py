"""plan: which cases there are, which are not run, and why."""

from __future__ import annotations

import resource
from collections.abc import Iterable
from pathlib import Path

import pytest

from harness.declare import Declarations, Skip, Study, Sweep
from harness.errors import HarnessError
from harness.measure import Clock
from harness.plan import Case, Filters, Runner, check_limits, find_runners, make_plan
from harness.processes import Supervisor
from tests.tree import Tree

MODELS = ("sequential", "steady")
LISTED = frozenset((workload, model) for workload in ("early", "late") for model in MODELS)
RUNNERS = [
    Runner("fake", ["fake"], "fake 1.2.3", "fake-1", LISTED),
    Runner("fake", ["other"], "fake 2.0.0", "fake-2", LISTED),
    Runner("gone", ["gone"], problem="gone runner missing: run 'make gone'"),
]
ONLY = Filters(workload=["late"], language=["fake"], model=["steady"])


def plan(
    tree: Tree, filters: Filters = ONLY, declarations: Declarations | None = None, *, quick: bool = False
) -> list[Case]:
    return make_plan(declarations or tree.declare(), RUNNERS, filters, quick=quick, cores=4, root=tree.root)


def change_study(tree: Tree, **sweep: object) -> Declarations:
    """The declarations, with one sweep of one study."""
    sweeps = [Sweep.model_validate({"workload": "late", "size": "default", **sweep})]
    study = Study(question="why?", chart="dots", sweeps=sweeps, quick=sweeps)
    return tree.declare().model_copy(update={"studies": {"one": study}})


def change_workload(tree: Tree, **changes: object) -> Declarations:
    """The declarations, with another `late`."""
    declarations = tree.declare()
    late = declarations.workloads["late"].model_copy(update=changes)
    return declarations.model_copy(update={"workloads": {**declarations.workloads, "late": late}})


def ids(cases: Iterable[Case]) -> list[str]:
    return [case.id for case in cases]


def statuses(cases: Iterable[Case]) -> set[tuple[str, str]]:
    return {(case.status, case.reason) for case in cases}


def test_a_sweep_is_every_number_of_workers_times_every_argument(tree: Tree) -> None:
    assert ids(plan(tree)) == [
        "late/fake/steady fake-1 workers=1 limit=20",
        "late/fake/steady fake-1 workers=1 limit=20 pace=2",
        "late/fake/steady fake-1 workers=6 limit=20",
        "late/fake/steady fake-1 workers=6 limit=20 pace=2",
    ]


def test_quick_is_the_study_s_quick_block_at_the_workers_of_the_size(tree: Tree) -> None:
    assert ids(plan(tree, quick=True)) == ["late/fake/steady fake-1 workers=2"]


def test_workers_that_are_the_same_on_this_machine_are_one_case(tree: Tree) -> None:
    declarations = change_study(tree, workers=[4, "cores", "2*cores"])
    assert [case.workers for case in plan(tree, ONLY, declarations)] == [4, 8]


def test_a_case_has_what_it_takes_to_run_and_to_judge_it(tree: Tree) -> None:
    case = plan(tree)[1]
    words = ["fake", "late", "steady", "--workers", "1", "--limit", "20", "--pace", "2", "--base-url", "http"]
    assert case.build({"base_url": "http"}) == words
    assert (case.result, case.units, case.kind, case.time_limit_s) == (20, 20, "cpu", 120)


def test_the_baseline_is_there_once_with_one_worker(tree: Tree) -> None:
    declarations = change_study(tree, workers=[1, 2, "cores"])
    cases = plan(tree, ONLY._replace(model=["sequential"]), declarations)
    assert [case.workers for case in cases] == [1]


def test_a_sweep_can_leave_the_baseline_out(tree: Tree) -> None:
    cases = plan(tree, Filters(language=["fake"]), change_study(tree, baseline=False))
    assert "sequential" not in {case.model for case in cases}


def test_a_case_is_compared_with_the_same_work_by_the_model_that_works_alone(tree: Tree) -> None:
    filters = Filters(language=["fake"], model=["sequential", "steady"])
    for case in plan(tree, filters, change_study(tree, arguments={"pace": [1, 2]})):
        slow = " pace=2" if case.arguments["pace"] == 2 else ""
        assert case.baseline == f"late/fake/sequential fake-1 workers=1 limit=20{slow}"


def test_a_copy_is_compared_with_the_first_and_a_twin_with_the_other_size(tree: Tree) -> None:
    copies = plan(tree, ONLY, change_study(tree, copies=3))
    first = copies[0].id
    assert ids(copies) == [first, f"{first} copy=2", f"{first} copy=3"]
    assert [each.baseline for each in copies[1:]] == [first, first]
    (twin,) = plan(tree, ONLY, change_study(tree, size="quick", against="default"))
    assert (twin.arguments["limit"], twin.baseline) == (10, first)


def test_a_sweep_can_ask_for_a_few_models_only(tree: Tree) -> None:
    cases = plan(tree, Filters(), change_study(tree, models=["sequential"]))
    assert {case.model for case in cases} == {"sequential"}


def test_a_case_is_timed_if_one_of_its_studies_is_and_has_the_most_memory_rounds(tree: Tree) -> None:
    declarations = change_study(tree)
    one = declarations.studies["one"]
    watched = one.model_copy(update={"timed": False, "memory_rounds": 3})
    alone = plan(tree, ONLY, declarations.model_copy(update={"studies": {"watched": watched}}))
    assert [(case.timed, case.memory_rounds) for case in alone] == [(False, 3)]
    both = {"one": one, "watched": watched}
    shared = plan(tree, ONLY, declarations.model_copy(update={"studies": both}))
    assert [(case.timed, case.memory_rounds) for case in shared] == [(True, 3)]


@pytest.mark.parametrize(("asked", "expected"), [(0, 0), (1, 1), (3, 1)])
def test_a_quick_run_looks_at_memory_once_at_most(tree: Tree, asked: int, expected: int) -> None:
    declarations = change_study(tree)
    study = declarations.studies["one"].model_copy(update={"memory_rounds": asked})
    declarations = declarations.model_copy(update={"studies": {"one": study}})
    for quick, rounds in ((True, expected), (False, asked)):
        assert [case.memory_rounds for case in plan(tree, ONLY, declarations, quick=quick)] == [rounds]


def test_a_case_of_two_studies_is_there_once_and_serves_both(tree: Tree) -> None:
    declarations = change_study(tree)
    studies = {"one": declarations.studies["one"], "two": declarations.studies["one"]}
    cases = plan(tree, ONLY, declarations.model_copy(update={"studies": studies}))
    assert [case.studies for case in cases] == [["one", "two"]]


def test_a_star_stands_for_every_workload(tree: Tree) -> None:
    declarations = change_study(tree, workload="*")
    cases = plan(tree, ONLY._replace(workload=[]), declarations)
    assert [case.workload for case in cases] == ["early", "late"]


@pytest.mark.parametrize(
    ("model", "status", "reason"),
    [
        ("steady", "planned", ""),
        ("needless", "skipped", "it would be the sequential program"),
        (
            "unwritten",
            "missing",
            "expected fake/late/unwritten.txt, or a reason in late.toml why there is none, got neither",
        ),
        ("unlisted", "missing", "fake-1 does not list 'late unlisted': run 'make fake'"),
    ],
)
def test_what_is_not_run_has_a_status_and_a_reason(tree: Tree, model: str, status: str, reason: str) -> None:
    assert statuses(plan(tree, ONLY._replace(model=[model]))) == {(status, reason)}


def test_a_language_without_a_runner_has_cases_that_say_so(tree: Tree) -> None:
    cases = plan(tree, Filters(workload=["late"], language=["gone"]))
    assert statuses(cases) == {("missing", "gone runner missing: run 'make gone'")}
    assert cases[0].id.startswith("late/gone/sequential gone ")


@pytest.mark.parametrize(
    ("skip", "skipped"),
    [
        ({}, [1, 6]),
        ({"runtime": "fake-1"}, [1, 6]),
        ({"runtime": "fake"}, []),
        ({"runtime": "fake-(2|3)"}, []),
        ({"above_workers": 1}, [6]),
        ({"above_workers": 6}, []),
    ],
)
def test_a_skip_holds_for_its_runtimes_and_above_its_workers(
    tree: Tree, skip: dict[str, object], skipped: list[int]
) -> None:
    skips = [Skip.model_validate({"language": "fake", "model": "steady", "reason": "because", **skip})]
    cases = plan(tree, ONLY, change_workload(tree, skips=skips))
    assert sorted({case.workers for case in cases if case.status == "skipped"}) == skipped
    assert {case.reason for case in cases if case.status == "skipped"} <= {"because"}


def test_more_workers_than_open_files_are_skipped_with_the_remedy(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (50, 100))
    cases = plan(tree, ONLY, change_workload(tree, open_files_per_worker=7))
    reason = "6 workers need 106 open files, the limit is 100: raise it, as root, with 'ulimit -Hn 106'"
    assert [(case.workers, case.reason) for case in cases if case.status == "skipped"] == [(6, reason)] * 2
    assert {case.workers for case in cases if case.status == "planned"} == {1}


def test_a_workload_without_connections_needs_no_open_files(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1, 1))
    assert check_limits(tree.declare().workloads["late"], RUNNERS[0], "steady", 10**6) == ("planned", "")


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(study=["early"]), {"early"}),
        (Filters(workload=["late"]), {"late"}),
        (Filters(study=["early", "late"]), {"early", "late"}),
    ],
)
def test_filters_choose_workloads_and_studies(tree: Tree, filters: Filters, expected: set[str]) -> None:
    assert {case.workload for case in plan(tree, filters)} == expected


def test_a_study_on_request_is_there_only_when_it_is_asked_for(tree: Tree) -> None:
    declarations = change_study(tree)
    asked = {"one": declarations.studies["one"].model_copy(update={"on_request": True})}
    declarations = declarations.model_copy(update={"studies": tree.declare().studies | asked})
    assert not any("one" in case.studies for case in plan(tree, ONLY, declarations))
    cases = plan(tree, ONLY._replace(study=["one"]), declarations)
    assert [case.studies for case in cases] == [["one"]]


def test_filters_choose_models_and_languages(tree: Tree) -> None:
    cases = plan(tree, Filters(model=list(MODELS), language=["fake"]))
    assert {(case.language, case.model) for case in cases} == {("fake", model) for model in MODELS}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [([], {"fake-1"}), (["fake-2"], {"fake-2"}), (["fake-2", "fake-1"], {"fake-1", "fake-2"})],
)
def test_a_runtime_other_than_the_first_is_asked_for(
    tree: Tree, asked: list[str], expected: set[str]
) -> None:
    assert {case.runtime for case in plan(tree, ONLY._replace(runtime=asked))} == expected


@pytest.mark.parametrize(
    ("option", "valid"),
    [
        ("workload", "early, late"),
        ("language", "fake, gone"),
        ("model", "babbling, boasting, "),
        ("runtime", "fake-1, fake-2"),
        ("study", "early, late"),
    ],
)
def test_an_unknown_name_in_a_filter_lists_the_valid_ones(tree: Tree, option: str, valid: str) -> None:
    with pytest.raises(HarnessError, match=f"^--{option}: expected one of {valid}.*, got 'nonsense'$"):
        plan(tree, Filters(**{option: ["nonsense"]}))


def test_filters_that_leave_nothing_say_so(tree: Tree) -> None:
    with pytest.raises(HarnessError, match="expected at least one case, the filters leave none"):
        plan(tree, Filters(language=["gone"], model=["steady"]))


def test_a_runner_says_its_runtime_and_what_it_has(tree: Tree, clock: Clock) -> None:
    runner, gone = find_runners(tree.declare(), clock.supervisor, tree.root)
    assert (runner.version, runner.runtime, runner.problem) == ("fake 1.2.3", "fake-1", "")
    assert ("late", "steady") in runner.implementations
    assert ("late", "unlisted") not in runner.implementations
    assert gone.problem == "gone runner missing: run 'make gone'"


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("exit 3", "expected 'gone/runner --version' to answer, got exit status 3: oh no: run 'make gone'"),
        ("echo ungone 1", "expected a version like gone.*, got 'ungone 1': run 'make gone'"),
    ],
)
def test_a_runner_that_does_not_answer_is_a_problem_with_its_remedy(
    tree: Tree, clock: Clock, script: str, problem: str
) -> None:
    languages = tree.root / "harness" / "languages.toml"
    languages.write_text(languages.read_text().replace("'.*'", "'gone.*'"))
    write_runner(tree.root / "gone" / "runner", f"echo oh no >&2; {script}")
    _, gone = find_runners(tree.declare(), clock.supervisor, tree.root)
    assert gone.problem == problem


def test_a_star_finds_every_runner_that_can_be_run(tree: Tree, scratch: Path) -> None:
    languages = tree.root / "harness" / "languages.toml"
    languages.write_text(languages.read_text().replace("gone/runner", "build/*/runner"))
    for name in ("b", "a"):
        write_runner(tree.root / "build" / name / "runner", f"echo {scratch.name}")
    (tree.root / "build" / "c").mkdir()
    (tree.root / "build" / "c" / "runner").write_text("not a program")
    with Supervisor(tree.root) as supervisor:
        found = find_runners(tree.declare(), supervisor, tree.root)
    assert [runner.command for runner in found[1:]] == [["build/a/runner"], ["build/b/runner"]]


def write_runner(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
