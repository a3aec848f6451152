"""plan: which cases there are, which are not run and why, what is compared with what, and what it will take."""

from __future__ import annotations

import resource
from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from harness import pipeline
from harness.errors import HarnessError
from harness.pipeline import MARGIN, Ready, predict
from harness.plan.cases import Case, Filters, Place, StudyPlan, choose_studies, plan_study
from harness.plan.declarations import Declarations, Study, Workload
from harness.plan.runners import Runner, choose_runners, complete, find_runners
from harness.run.processes import Supervisor
from tests.samples import FAKES, workload
from tests.tree import Tree

MODELS = ("sequential", "steady", "few")
LISTED = frozenset((name, model) for name in ("early", "late", "pulse") for model in MODELS)
RUNNERS = [
    Runner("fake", ["fake"], "fake 1.2.3", "fake-1", "", LISTED),
    Runner("fake", ["other"], "fake 2.0.0", "fake-2", "", LISTED),
    Runner("gone", ["gone"], problem="gone runner missing: run 'make gone'"),
]
STEADY = Filters(language=["fake"], model=["steady"])
FAKE_ONLY = Filters(language=["fake"], model=["sequential", "steady"])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout in which the models are written."""
    for name in FAKES.workloads:
        for model in (*MODELS, "unlisted"):
            path = tmp_path / "fake" / name / f"{model}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    return tmp_path


def declare(changed: dict[str, Workload] | None = None, **study: object) -> Declarations:
    """The fakes' declarations with one study, which sweeps `late`."""
    fields = {"question": "why?", "sweeps": [{"workload": "late"}], **study}
    workloads = {**FAKES.workloads, **(changed or {})}
    return replace(FAKES, workloads=workloads, studies={"one": msgspec.convert(fields, Study)})


def plan(
    root: Path,
    declarations: Declarations = FAKES,
    filters: Filters = STEADY,
    *,
    study: str = "one",
    quick: bool = False,
    cores: int = 4,
) -> StudyPlan:
    return plan_study(Place(declarations, RUNNERS, cores, root), study, filters, quick=quick)


def sweep(root: Path, filters: Filters = STEADY, **changes: object) -> list[Case]:
    """The cases of one sweep of `late`."""
    return plan(root, declare(sweeps=[{"workload": "late", **changes}]), filters).cases


def ids(cases: Iterable[Case]) -> list[str]:
    return [case.id for case in cases]


def pairs(planned: StudyPlan) -> dict[str, str]:
    return {each.case: each.against for each in planned.comparisons}


# Cases.


def test_a_sweep_is_every_number_of_workers_times_every_argument(root: Path) -> None:
    assert ids(plan(root, study="late").cases) == [
        "late/fake/sequential fake-1 workers=1 limit=20",
        "late/fake/sequential fake-1 workers=1 limit=20 pace=2",
        "late/fake/steady fake-1 workers=1 limit=20",
        "late/fake/steady fake-1 workers=6 limit=20",
        "late/fake/steady fake-1 workers=1 limit=20 pace=2",
        "late/fake/steady fake-1 workers=6 limit=20 pace=2",
    ]


def test_several_sizes_are_a_sweep_each(root: Path) -> None:
    assert [case.size for case in sweep(root, sizes=["default", "quick"])] == ["default", "quick"]


def test_an_optional_model_without_a_file_is_no_case_and_no_failure(root: Path) -> None:
    languages = {
        name: replace(each, optional=["unwritten"] if name == "fake" else [])
        for name, each in FAKES.languages.items()
    }
    there = plan(root, declare(), Filters(language=["fake"])).cases
    without = plan(root, replace(declare(), languages=languages), Filters(language=["fake"])).cases
    assert {case.model for case in there} - {case.model for case in without} == {"unwritten"}


def test_what_is_compared_with_may_have_as_many_workers_as_the_machine_cores(root: Path) -> None:
    sweeps = [{"workload": "late", "workers": [1, "cores"]}]
    declarations = declare(sweeps=sweeps, compare=[{"against": {"workers": "cores"}}])
    assert pairs(plan(root, declarations)) == {
        "late/fake/steady fake-1 workers=1 limit=20": "late/fake/steady fake-1 workers=4 limit=20"
    }


def test_quick_is_the_study_s_quick_block_at_the_workers_of_the_size(root: Path) -> None:
    cases = plan(root, FAKES, FAKE_ONLY, study="late", quick=True).cases
    assert ids(cases) == ["late/fake/sequential fake-1 workers=1", "late/fake/steady fake-1 workers=2"]
    assert ids(plan(root, declare(), quick=True).cases) == ids(plan(root, declare()).cases)


def test_ids_are_unique(root: Path) -> None:
    sweeps = [{"workload": "*"}, {"workload": "late", "copies": 3}, {"workload": "late", "workers": [1, 2]}]
    declarations = declare(sweeps=sweeps)
    cases = plan(root, declarations, Filters(runtime=["fake-1", "fake-2"])).cases
    assert len(set(ids(cases))) == len(cases) > 100


def test_workers_that_are_the_same_on_this_machine_are_one_case(root: Path) -> None:
    assert [case.workers for case in sweep(root, workers=[4, "cores", "2*cores"])] == [4, 8]


@pytest.mark.parametrize(
    ("workers", "cores", "expected"),
    [
        (7, 2, 7),
        ("cores", 4, 4),
        ("1.5*cores", 4, 6),
        ("1.5*cores", 3, 4),
        ("0.5*cores", 1, 1),
        ("cores-1", 1, 1),
    ],
)
def test_workers_follow_the_cores(root: Path, workers: int | str, cores: int, expected: int) -> None:
    declarations = declare(sweeps=[{"workload": "late", "workers": [workers]}])
    assert [case.workers for case in plan(root, declarations, cores=cores).cases] == [expected]


def test_a_case_has_what_it_takes_to_run_and_to_judge_it(root: Path) -> None:
    (case,) = sweep(root, arguments={"pace": [2]})
    words = ["fake", "late", "steady", "--workers", "2", "--limit", "20", "--pace", "2", "--base-url", "http"]
    assert case.build(["fake"], {"base_url": "http"}) == words
    assert (case.result, case.units, case.time_limit_s, case.fixtures) == (20, 20, 120, [])


def test_result_units_workers_and_options_are_expressions_over_the_case(root: Path) -> None:
    changed = {
        "pulse": workload(
            "pulse", result='beats * cores if mode == "calm" else none', units="beats * workers"
        )
    }
    sweeps = [
        {"workload": "pulse", "workers": ["cores - 1"], "arguments": {"mode": ["calm", "wild"], "beats": [5]}}
    ]
    cases = plan(root, declare(changed, sweeps=sweeps)).cases
    assert [(case.result, case.units, case.workers) for case in cases] == [(20, 15, 3), (None, 15, 3)]
    assert [(use.fixture, use.gives, use.options) for use in cases[0].fixtures] == [
        ("shelf", "shelf", {"files": 5})
    ]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"units": "limit / (pace - 1)"}, "expression 'limit / \\(pace - 1\\)': .*division by zero"),
        ({"units": '"many"'}, "expected a number below 2\\^53, got 'many'"),
        ({"units": "limit > 3"}, "expected a number below 2\\^53, got True"),
        ({"units": "9007199254740992 * limit"}, "expected a number below 2\\^53, got 180143985094819840"),
        ({"result": "18446744073709551615 * 18446744073709551615"}, "expected a number below 2\\^64"),
        (
            {"open_files": "1000000000000000000.0 * 1000000000000000000.0 * limit"},
            "expected a number below 2\\^53, got 2",
        ),
    ],
)
def test_an_expression_that_gives_no_number_is_said(
    root: Path, changes: dict[str, str], message: str
) -> None:
    with pytest.raises(HarnessError, match=message):
        plan(root, declare({"late": workload(**changes)}))


def test_a_language_is_told_only_the_arguments_that_it_has(root: Path) -> None:
    sweeps = [{"workload": "pulse", "arguments": {"spare": [1, 2]}}]
    cases = plan(root, declare(sweeps=sweeps), Filters(model=["sequential"])).cases
    spare = [(case.language, case.arguments.get("spare")) for case in cases]
    assert spare == [("fake", None), ("gone", 1), ("gone", 2)]


def test_the_baseline_is_there_once_with_one_worker(root: Path) -> None:
    cases = sweep(root, Filters(language=["fake"], model=["sequential"]), workers=[1, 2, "cores"])
    assert [case.workers for case in cases] == [1]


def test_a_sweep_can_ask_for_a_few_models_and_languages_only(root: Path) -> None:
    cases = sweep(root, Filters(), models=["sequential", "steady"], languages=["fake"])
    assert {(case.language, case.model) for case in cases} == {("fake", "sequential"), ("fake", "steady")}


def test_a_star_stands_for_every_workload(root: Path) -> None:
    cases = plan(root, declare(sweeps=[{"workload": "*"}])).cases
    assert [case.workload for case in cases] == ["early", "late", "pulse"]


# What is compared with what.


def test_the_baseline_is_kept_when_its_model_is_not_asked_for(root: Path) -> None:
    planned = plan(root, declare(compare=[{"against": {"model": "@baseline"}}]))
    alone, steady = (
        "late/fake/sequential fake-1 workers=1 limit=20",
        "late/fake/steady fake-1 workers=2 limit=20",
    )
    assert ids(planned.cases) == [alone, steady]
    assert pairs(planned) == {steady: alone}
    assert planned.commands.keys() == {alone, steady}


LATE = "late/fake/steady fake-1 workers=2 limit=20"


@pytest.mark.parametrize(
    ("sweeps", "against", "filters", "expected"),
    [
        (
            [{"arguments": {"pace": [1, 2]}}],
            {"model": "@baseline"},
            STEADY,
            {
                LATE: "late/fake/sequential fake-1 workers=1 limit=20",
                f"{LATE} pace=2": "late/fake/sequential fake-1 workers=1 limit=20 pace=2",
            },
        ),
        ([{}], {"model": "few"}, STEADY, {LATE: LATE.replace("steady", "few")}),
        (
            [{"runtimes": ["fake-.*"]}],
            {"runtime": "@default"},
            STEADY,
            {LATE.replace("fake-1", "fake-2"): LATE},
        ),
        (
            [{"runtimes": ["fake-.*"]}],
            {"runtime": "fake-2"},
            STEADY,
            {LATE: LATE.replace("fake-1", "fake-2")},
        ),
        (
            [{"arguments": {"pace": [1, 2, 3]}}],
            {"pace": 1},
            STEADY,
            {f"{LATE} pace=2": LATE, f"{LATE} pace=3": LATE},
        ),
        (
            [{"workers": [1, 2, 4]}],
            {"workers": 1},
            STEADY,
            dict.fromkeys([LATE, LATE.replace("=2", "=4", 1)], LATE.replace("=2", "=1", 1)),
        ),
        ([{}, {"size": "quick"}], {"size": "default"}, STEADY, {LATE.removesuffix(" limit=20"): LATE}),
        ([{"copies": 3}], {"copy": 1}, STEADY, {f"{LATE} copy=2": LATE, f"{LATE} copy=3": LATE}),
        (
            [{"copies": 2}, {"size": "quick"}],
            {"size": "default", "copy": 1},
            STEADY,
            {f"{LATE} copy=2": LATE, LATE.removesuffix(" limit=20"): LATE},
        ),
        ([{}], {"model": "steady"}, STEADY, {}),
        ([{}], {"pace": 9}, STEADY, {}),
    ],
    ids=[
        "baseline",
        "model",
        "default runtime",
        "runtime",
        "argument",
        "workers",
        "size",
        "copy",
        "twin",
        "itself",
        "nothing",
    ],
)
def test_a_case_is_compared_with_the_one_that_differs_from_it_as_declared(
    root: Path,
    sweeps: list[dict[str, object]],
    against: dict[str, object],
    filters: Filters,
    expected: dict[str, str],
) -> None:
    blocks = [{"workload": "late", **each} for each in sweeps]
    planned = plan(root, declare(sweeps=blocks, compare=[{"against": against}]), filters)
    assert pairs(planned) == expected


def test_a_case_is_compared_with_another_language(root: Path) -> None:
    listed = frozenset({("pulse", "sequential")})
    (root / "gone" / "pulse").mkdir(parents=True)
    (root / "gone" / "pulse" / "sequential.txt").touch()
    runners = [*RUNNERS[:2], Runner("gone", ["gone"], "gone", "gone-1", "", listed)]
    against = {"language": "gone", "model": "@baseline"}
    declarations = declare(sweeps=[{"workload": "pulse"}], compare=[{"against": against}])
    planned = plan_study(Place(declarations, runners, 4, root), "one", STEADY, quick=False)
    assert pairs(planned) == {"pulse/fake/steady fake-1 workers=2": "pulse/gone/sequential gone-1 workers=1"}


def test_only_cases_that_will_run_are_compared(root: Path) -> None:
    """A family counts what is measured: neither what is skipped or missing, nor what is compared with that."""
    compare = [{"against": {"model": "@baseline"}}]
    skips = [{"language": "fake", "model": "few", "reason": "because"}]
    planned = plan(
        root, declare({"late": workload(skips=skips)}, compare=compare), Filters(language=["fake"])
    )
    assert [name.split()[0] for name in pairs(planned)] == ["late/fake/steady"]
    skips = [{"language": "fake", "model": "sequential", "reason": "because"}]
    planned = plan(
        root, declare({"late": workload(skips=skips)}, compare=compare), Filters(language=["fake"])
    )
    assert pairs(planned) == {}


# What is not run.


@pytest.mark.parametrize(
    ("model", "status", "reason"),
    [
        ("steady", "planned", ""),
        ("needless", "skipped", "it would be the sequential program"),
        (
            "unwritten",
            "missing",
            "expected fake/late/unwritten.txt, or a reason in late.toml why not, got neither",
        ),
        ("unlisted", "missing", "fake-1 does not list 'late unlisted': run 'make fake'"),
    ],
)
def test_what_is_not_run_has_a_status_and_a_reason(root: Path, model: str, status: str, reason: str) -> None:
    (case,) = sweep(root, STEADY._replace(model=[model]))
    assert (case.status, case.reason) == (status, reason)


def test_a_model_that_is_an_extra_is_there_where_a_sweep_names_it(root: Path) -> None:
    """And skipped where its packages are missing, which is no mistake of anybody."""
    languages = {**FAKES.languages, "fake": replace(FAKES.languages["fake"], extras={"few": "make few"})}
    for sweeps, models in (
        ([{}], ["sequential", "steady"]),
        ([{"models": ["few", "steady"]}], ["few", "steady"]),
    ):
        declared = declare(sweeps=[{"workload": "late", **each} for each in sweeps])
        planned = plan(root, replace(declared, languages=languages), Filters(language=["fake"]))
        assert {case.model for case in planned.cases} & {*MODELS} == set(models)
    languages["fake"] = replace(languages["fake"], extras={"unlisted": "make more"})
    declared = replace(declare(sweeps=[{"workload": "late", "models": ["unlisted"]}]), languages=languages)
    (case,) = plan(root, declared, Filters(language=["fake"])).cases
    assert (case.status, case.reason) == ("skipped", "fake-1 lacks packages for it: run 'make more'")


def test_a_language_without_a_runner_has_cases_that_say_so(root: Path) -> None:
    (case,) = sweep(root, Filters(language=["gone"]))
    assert (case.status, case.reason) == ("missing", "gone runner missing: run 'make gone'")
    assert case.id == "late/gone/sequential gone workers=1 limit=20"


@pytest.mark.parametrize(
    ("skip", "skipped"),
    [
        ({}, [(1, 1), (1, 2), (6, 1), (6, 2)]),
        ({"model": "*"}, [(1, 1), (1, 2), (6, 1), (6, 2)]),
        ({"model": "few"}, []),
        ({"runtime": "fake-1"}, [(1, 1), (1, 2), (6, 1), (6, 2)]),
        ({"runtime": "fake"}, []),
        ({"runtime": "fake-(2|3)"}, []),
        ({"when": "workers > cores"}, [(6, 1), (6, 2)]),
        ({"when": "pace == 2 and workers < cores"}, [(1, 2)]),
        ({"when": 'limit > 20 or runtime == "fake-2"'}, []),
    ],
)
def test_a_skip_holds_for_its_runtimes_and_arguments(
    root: Path, skip: dict[str, object], skipped: list[tuple[int, int]]
) -> None:
    skips = [{"language": "fake", "model": "steady", "reason": "because", **skip}]
    sweeps = [{"workload": "late", "workers": [1, 6], "arguments": {"pace": [1, 2]}}]
    cases = plan(root, declare({"late": workload(skips=skips)}, sweeps=sweeps)).cases
    found = sorted((case.workers, case.arguments["pace"]) for case in cases if case.status == "skipped")
    assert found == skipped
    assert {case.reason for case in cases if case.status == "skipped"} <= {"because"}


def test_more_open_files_than_are_allowed_are_skipped_with_the_remedy(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (50, 100))
    sweeps = [{"workload": "late", "workers": [1, 6]}]
    cases = plan(root, declare({"late": workload(open_files="7 * workers * pace")}, sweeps=sweeps)).cases
    reason = "it needs 106 open files, the limit is 100: raise it, as root, with 'ulimit -Hn 106'"
    assert [(case.workers, case.status, case.reason) for case in cases] == [
        (1, "planned", ""),
        (6, "skipped", reason),
    ]


def test_a_workload_without_connections_needs_no_open_files(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1, 1))
    assert [case.status for case in sweep(root)] == ["planned"]


# Choices.


@pytest.mark.parametrize(
    ("names", "quick", "expected"),
    [
        ([], False, ["early", "late", "pulse"]),
        (["late"], False, ["late"]),
        (["asked"], False, ["asked"]),
        ([], True, ["early", "late", "pulse"]),
        (["slow"], True, ["slow"]),
    ],
)
def test_studies_are_chosen_by_name_else_all_but_those_on_request(
    names: list[str], quick: bool, expected: list[str]
) -> None:
    late = FAKES.studies["late"]
    more = {"asked": replace(late, on_request=True), "slow": replace(late, quick=[], on_request=True)}
    declarations = replace(FAKES, studies={**FAKES.studies, **more})
    assert list(choose_studies(declarations, Filters(study=names), quick=quick)) == expected


def test_a_study_without_a_quick_block_is_not_in_a_quick_run() -> None:
    declarations = replace(FAKES, studies={"slow": replace(FAKES.studies["late"], quick=[])})
    assert choose_studies(declarations, Filters(), quick=True) == {}


def test_filters_choose_workloads_models_and_languages(root: Path) -> None:
    declarations = declare(sweeps=[{"workload": "*"}])
    cases = plan(
        root, declarations, Filters(workload=["late", "early"], language=["fake"], model=["few"])
    ).cases
    assert {(case.workload, case.language, case.model) for case in cases} == {
        ("early", "fake", "few"),
        ("late", "fake", "few"),
    }


@pytest.mark.parametrize(
    ("asked", "expected"),
    [([], {"fake-1"}), (["fake-2"], {"fake-2"}), (["fake-2", "fake-1"], {"fake-1", "fake-2"})],
)
def test_a_runtime_other_than_the_first_is_asked_for(
    root: Path, asked: list[str], expected: set[str]
) -> None:
    assert {case.runtime for case in sweep(root, STEADY._replace(runtime=asked))} == expected


def test_without_patterns_each_language_has_its_first_runner() -> None:
    assert [runner.command for runner in choose_runners(RUNNERS, [])] == [["fake"], ["gone"]]
    assert [runner.command for runner in choose_runners(RUNNERS, ["fake-.*"])] == [["fake"], ["other"]]


@pytest.mark.parametrize(
    ("option", "valid"),
    [
        ("workload", "early, late, pulse"),
        ("language", "fake, gone"),
        ("model", "babbling, boasting, "),
        ("runtime", "fake-1, fake-2"),
        ("study", "early, late, pulse"),
    ],
)
def test_an_unknown_name_in_a_filter_lists_the_valid_ones(option: str, valid: str) -> None:
    with pytest.raises(HarnessError, match=f"^--{option}: expected one of {valid}.*, got 'nonsense'$"):
        Filters(**{option: ["nonsense"]}).check(FAKES, RUNNERS)


# What it will take.


@pytest.fixture
def _without_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is predicted here has no sources."""
    monkeypatch.setattr(pipeline, "digest_workload", lambda *_: "")


@pytest.mark.usefixtures("_without_sources")
def test_a_prediction_goes_by_earlier_runs_else_by_what_is_declared(root: Path) -> None:
    declarations = declare(floor=10, memory_rounds=2, sweeps=[{"workload": "late", "workers": [1, 2]}])
    planned = plan(root, declarations)
    ready = Ready(Place(declarations, RUNNERS, 4, root), [planned], {})
    known = {planned.cases[0].id: 3.0}
    found = predict(ready, planned, known, quick=False)
    assert found.guessed == 1
    assert found.seconds == pytest.approx(MARGIN * (3.0 + 0.2) * (10 + 2))
    assert predict(ready, planned, {}, quick=True).seconds == pytest.approx(MARGIN * 0.4 * (5 + 1))


@pytest.mark.usefixtures("_without_sources")
def test_a_prediction_counts_what_is_run_several_times_a_round(root: Path) -> None:
    once = declare(sweeps=[{"workload": "late", "workers": [1, 2, 3, 4]}])
    more = declare(
        sweeps=[{"workload": "late", "workers": [1, 2, 3, 4]}], compare=[{"against": {"workers": 1}}]
    )
    seconds = []
    for declarations in (once, more):
        planned = plan(root, declarations)
        ready = Ready(Place(declarations, RUNNERS, 4, root), [planned], {})
        seconds.append(predict(ready, planned, {}, quick=False).seconds)
    assert seconds[0] < seconds[1]


@pytest.mark.usefixtures("_without_sources")
def test_what_is_not_timed_takes_only_its_memory_rounds(root: Path) -> None:
    declarations = declare(timed=False, memory_rounds=3)
    planned = plan(root, declarations)
    ready = Ready(Place(declarations, RUNNERS, 4, root), [planned], {})
    assert predict(ready, planned, {}, quick=False).seconds == pytest.approx(MARGIN * 0.2 * 3)


# Runners.


def test_a_runner_says_its_runtime_and_what_it_has(tree: Tree) -> None:
    declarations = tree.declare()
    with Supervisor(tree.root) as supervisor:
        runner, gone = find_runners(declarations, supervisor, tree.root)
        full = complete(runner, declarations.languages["fake"], supervisor)
    assert (runner.version, runner.runtime, runner.problem) == ("fake 1.2.3", "fake-1", "")
    assert not runner.implementations  # it is asked only where it is chosen
    assert ("late", "steady") in full.implementations
    assert ("late", "unlisted") not in full.implementations
    assert gone.problem == "gone runner missing: run 'make gone'"


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("exit 3", "expected 'gone/runner --version' to answer, got exit status 3: oh no: run 'make gone'"),
        ("echo ungone 1", "expected a version like gone.*, got 'ungone 1': run 'make gone'"),
    ],
)
def test_a_runner_that_does_not_answer_is_a_problem_with_its_remedy(
    tree: Tree, script: str, problem: str
) -> None:
    tree.edit("harness/languages.toml", "'.*'", "'gone.*'")
    tree.write_program("gone/runner", f"#!/bin/sh\necho oh no >&2; {script}\n")
    with Supervisor(tree.root) as supervisor:
        _, gone = find_runners(tree.declare(), supervisor, tree.root)
    assert gone.problem == problem


def test_a_star_finds_every_runner_that_can_be_run(tree: Tree) -> None:
    tree.edit("harness/languages.toml", "gone/runner", "build/*/runner")
    for name in ("b", "a"):
        tree.write_program(f"build/{name}/runner", "#!/bin/sh\necho gone\n")
    tree.write("build/c/runner", "not a program")
    with Supervisor(tree.root) as supervisor:
        found = find_runners(tree.declare(), supervisor, tree.root)
    assert [runner.command for runner in found[1:]] == [["build/a/runner"], ["build/b/runner"]]
