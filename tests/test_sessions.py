"""Sessions: a run is gone on with as if it had not been stopped; one more is added; a foreign folder has no say."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from msgspec.structs import replace

from harness.store.folder import Run, StudyFolder
from harness.store.records import Record
from tests.tree import Tree

STEADY = ("--language", "fake", "--model", "steady", "--quick", "--seed", "7")
LATE = (*STEADY, "--model", "needless", "--workload", "late")
BOTH = (*LATE, "--workload", "early")
RUNS = 1 + 5 * 3  # a record of what is skipped, and in each round the baseline twice


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run folders as `measure` makes them, below `late` and `both`; they are the same wherever the checkout is."""
    top = tmp_path_factory.mktemp("measured")
    (top / "scratch").mkdir()
    tree = Tree(top / "tree", top / "scratch")
    for name, words in (("late", LATE), ("both", (*BOTH, "--budget", "60s"))):
        assert tree.run("measure", *words, "--results", str(top / name)).code == 0
    tree.stop()
    return top


def put(tree: Tree, results: Path) -> None:
    """Let a checkout have a run folder."""
    shutil.copytree(results, tree.results)


def order(records: Sequence[Record]) -> list[tuple[int, str, int, int]]:
    return [(each.round, each.case, each.repeat, each.order) for each in records]


def cut(folder: StudyFolder, runs: int) -> None:
    """Leave a study as a harness does that is killed after so many runs."""
    lines = folder.journal.path.read_bytes().splitlines(keepends=True)
    assert len(lines) > runs
    folder.journal.path.write_bytes(b"".join(lines[:runs]))
    folder.change_session(replace(folder.plan.sessions[-1], ended_at=""))


def never_begun(folder: StudyFolder) -> None:
    """Leave a study as a harness does that is killed in one before it."""
    for path in folder.path.iterdir():
        if path.name != "plan.json":
            path.unlink()
    folder.write_json("plan.json", replace(folder.plan, sessions=[]))


def edit_json(path: Path, change: Callable[[Any], None]) -> None:
    content = json.loads(path.read_bytes())
    change(content)
    path.write_text(json.dumps(content))


def list_files(root: Path) -> set[Path]:
    return {path for path in root.rglob("*") if "__pycache__" not in path.parts}


# Going on.


@pytest.mark.parametrize("runs", [0, 1, 5, RUNS - 1])
def test_an_interrupted_study_goes_on_in_the_same_order_and_nothing_is_measured_twice(
    tree: Tree, measured: Path, runs: int
) -> None:
    put(tree, measured / "late")
    whole = tree.read_records()
    cut(tree.study(), runs)
    ended = tree.run("all", "--resume", str(tree.run_folder))
    assert (ended.code, ended.stderr) == (0, "")
    after = tree.read_records()
    assert after[:runs] == whole[:runs]
    assert order(after) == order(whole)
    assert [each.seed for each in tree.read_plan().sessions] == [7]
    assert tree.read_plan().sessions[0].ended_at


def test_studies_are_whole_one_after_another_and_those_not_begun_are_measured_on_resume(
    tree: Tree, measured: Path
) -> None:
    put(tree, measured / "both")
    early, late = tree.study("early"), tree.study("late")
    before, whole = early.journal.path.read_bytes(), order(tree.read_records("late"))
    assert max(each.started_at for each in early.journal.read()) < late.journal.read()[1].started_at
    never_begun(late)
    ended = tree.run("measure", "--resume", str(tree.run_folder), "--budget", "60s")
    assert (ended.code, ended.stderr) == (0, "")
    assert early.journal.path.read_bytes() == before
    assert {each[:2] for each in order(tree.read_records("late"))} >= {each[:2] for each in whole}


def test_what_is_left_of_the_budget_is_as_if_nothing_had_stopped_the_run(tree: Tree, measured: Path) -> None:
    put(tree, measured / "both")
    late = tree.study("late")
    (session,) = late.plan.sessions
    never_begun(late)
    assert tree.run("measure", "--resume", str(tree.run_folder)).code == 0
    assert late.plan.sessions[0].budget_s == pytest.approx(session.budget_s, abs=0.2)


def test_a_run_whose_studies_have_all_ended_is_left_as_it_is(tree: Tree, measured: Path) -> None:
    put(tree, measured / "late")
    before = tree.study().journal.path.read_bytes(), (tree.study().path / "plan.json").read_bytes()
    assert tree.run("all", "--resume", str(tree.run_folder)).code == 0
    assert (tree.study().journal.path.read_bytes(), (tree.study().path / "plan.json").read_bytes()) == before


def test_skips_that_were_not_recorded_yet_are_when_resumed(tree: Tree, measured: Path) -> None:
    put(tree, measured / "late")
    whole = tree.read_records()
    cut(tree.study(), 0)
    assert tree.run("measure", "--resume", str(tree.run_folder)).code == 0
    assert tree.read_records()[0] == whole[0]
    assert whole[0].status == "skipped"
    assert order(tree.read_records()) == order(whole)


def test_a_packed_run_that_was_interrupted_goes_on(tree: Tree, measured: Path) -> None:
    put(tree, measured / "late")
    whole = tree.read_records()
    cut(tree.study(), 4)
    assert tree.run("pack", str(tree.run_folder)).code == 0
    assert tree.run("measure", "--resume", str(tree.run_folder)).code == 0
    assert tree.read_records()[:4] == whole[:4]
    assert order(tree.read_records()) == order(whole)
    assert not tree.study().journal.packed.exists()


def test_a_run_is_not_resumed_with_other_sources_unless_told_so(tree: Tree, measured: Path) -> None:
    put(tree, measured / "late")
    cut(tree.study(), 3)
    tree.write("fake/late/steady.txt", "better now\n")
    ended = tree.run("all", "--resume", str(tree.run_folder))
    assert ended.code == 1
    assert "/late: the sources of late have changed since it was begun" in ended.stderr
    assert "start a new run, or say --anyway" in ended.stderr
    assert len(tree.read_records()) == 3
    assert tree.run("all", "--resume", str(tree.run_folder), "--anyway").code == 0
    assert len(tree.read_records()) == RUNS


def test_another_workload_s_sources_do_not_matter(tree: Tree, measured: Path) -> None:
    put(tree, measured / "late")
    cut(tree.study(), 3)
    tree.write("fake/early/steady.txt", "better now\n")
    tree.write("harness/workloads/new.toml", (tree.root / "harness/workloads/early.toml").read_text())
    assert tree.run("all", "--resume", str(tree.run_folder)).code == 0
    assert len(tree.read_records()) == RUNS


def test_a_case_that_is_not_declared_any_more_is_not_run(tree: Tree, measured: Path) -> None:
    put(tree, measured / "late")
    cut(tree.study(), 3)
    tree.edit("harness/studies/late.toml", 'size = "quick"', 'size = "quick"\nworkers = [3]')
    ended = tree.run("measure", "--resume", str(tree.run_folder), "--anyway")
    assert ended.code == 1
    assert "its cases are not declared any more: start a new run" in ended.stderr
    assert len(tree.read_records()) == 3


@pytest.mark.parametrize(
    "words", [("--quick",), ("--seed", "1"), ("--into", "x"), ("--model", "steady"), ("--replace",)]
)
def test_a_run_is_resumed_with_its_own_cases(tree: Tree, words: tuple[str, ...]) -> None:
    ended = tree.run("measure", "--resume", "x", *words)
    assert (ended.code, ended.stderr) == (
        1,
        "harness: --resume goes on with the run's own cases: leave the other choices out\n",
    )


# One more session.


def test_into_adds_a_session_with_rounds_of_its_own(tree: Tree, measured: Path) -> None:
    put(tree, measured / "late")
    first = tree.read_records()
    ended = tree.run("all", *(word.replace("7", "8") for word in LATE), "--into", str(tree.run_folder))
    assert (ended.code, ended.stderr) == (0, "")
    sessions = tree.read_plan().sessions
    assert [(each.number, each.seed, bool(each.ended_at)) for each in sessions] == [
        (1, 7, True),
        (2, 8, True),
    ]
    records = tree.read_records()
    assert records[: len(first)] == first
    assert [(each.session, each.round) for each in records[len(first) :]] == [
        (2, each.round) for each in first
    ]
    assert "in 2 sessions" in (tree.study().path / "charts" / "main-light.svg").read_text()


def test_an_added_session_that_was_interrupted_goes_on(tree: Tree, measured: Path) -> None:
    put(tree, measured / "late")
    assert tree.run("measure", *LATE, "--into", str(tree.run_folder)).code == 0
    whole = tree.read_records()
    cut(tree.study(), len(whole) - 5)
    assert tree.run("measure", "--resume", str(tree.run_folder)).code == 0
    assert order(tree.read_records()) == order(whole)
    assert [each.session for each in tree.read_records()] == [each.session for each in whole]
    cut(tree.study(), len(whole) - 5)
    assert tree.run("measure", *LATE, "--into", str(tree.run_folder)).code == 0
    assert order(tree.read_records()) == order(whole)


def test_into_adds_a_study_that_the_folder_has_not(tree: Tree, measured: Path) -> None:
    put(tree, measured / "late")
    before = tree.study().journal.path.read_bytes()
    ended = tree.run("all", *BOTH, "--study", "early", "--into", str(tree.run_folder))
    assert (ended.code, ended.stderr) == (0, "")
    assert tree.study().journal.path.read_bytes() == before
    assert [study.name for study in Run(tree.run_folder).studies] == ["early", "late"]
    assert {each.session for each in tree.read_records("early")} == {1}
    assert "early/charts/main-light.svg" in (tree.run_folder / "report.md").read_text()


def test_into_a_packed_run_unpacks_it(tree: Tree, measured: Path) -> None:
    put(tree, measured / "late")
    first = tree.read_records()
    assert tree.run("pack", str(tree.run_folder)).code == 0
    assert tree.run("measure", *LATE, "--into", str(tree.run_folder)).code == 0
    assert tree.read_records()[: len(first)] == first
    assert len(tree.read_records()) == 2 * len(first)
    assert not tree.study().journal.packed.exists()


def test_into_refuses_changed_sources_and_leaves_all_studies_as_they_were(tree: Tree, measured: Path) -> None:
    put(tree, measured / "both")
    before = {path: path.read_bytes() for path in tree.run_folder.rglob("*.json*")}
    tree.write("fake/late/steady.txt", "better now\n")
    ended = tree.run("measure", *BOTH, "--into", str(tree.run_folder))
    assert ended.code == 1
    assert "/late: the sources of late have changed since it was measured" in ended.stderr
    assert "say --replace to measure it anew" in ended.stderr
    assert {path: path.read_bytes() for path in tree.run_folder.rglob("*.json*")} == before


def test_into_refuses_other_cases(tree: Tree, measured: Path) -> None:
    put(tree, measured / "late")
    ended = tree.run("measure", *LATE, "--model", "waiting", "--into", str(tree.run_folder))
    assert ended.code == 1
    assert "/late: its cases have changed since it was measured" in ended.stderr
    assert [each.number for each in tree.read_plan().sessions] == [1]


PROBE = "#!/bin/sh\necho '{\"elapsed_ns\": %d}'\n"


@pytest.mark.parametrize("option", ["--into", "--resume"])
def test_sessions_of_a_machine_that_is_three_times_as_slow_are_not_mixed_unless_told_so(
    tree: Tree, option: str
) -> None:
    tree.write_program("build/native/probe", PROBE % 20_000_000)
    assert tree.run("measure", *LATE).code == 0
    tree.write_program("build/native/probe", PROBE % 60_000_000)
    words: tuple[str, ...] = (*LATE, "--into", str(tree.run_folder))
    if option == "--resume":
        cut(tree.study(), 4)
        words = ("--resume", str(tree.run_folder))
    before = tree.read_records()
    ended = tree.run("measure", *words)
    assert ended.code == 1
    assert (
        "build/native/probe takes 60 ms now, 20 ms in them: start a new run, or say --anyway" in ended.stderr
    )
    assert tree.read_records() == before
    assert tree.run("measure", *words, "--anyway").code == 0
    assert len(tree.read_records()) > len(before)


def test_a_study_that_has_ended_does_not_keep_others_from_going_on(tree: Tree, measured: Path) -> None:
    put(tree, measured / "both")
    never_begun(tree.study("late"))
    tree.write("fake/early/steady.txt", "better now\n")
    ended = tree.run("measure", "--resume", str(tree.run_folder))
    assert (ended.code, ended.stderr) == (0, "")
    assert len(tree.read_records("late")) == RUNS


def test_replace_measures_anew(tree: Tree, measured: Path) -> None:
    put(tree, measured / "both")
    kept, old = tree.read_records("early"), tree.read_records("late")
    tree.write("fake/late/steady.txt", "better now\n")
    ended = tree.run("all", *LATE, "--into", str(tree.run_folder), "--replace")
    assert (ended.code, ended.stderr) == (0, "")
    assert tree.read_records("early") == kept
    records = tree.read_records("late")
    assert {each.session for each in records} == {1}
    assert order(records) == order(old)
    assert max(each.started_at for each in old) < min(each.started_at for each in records if each.round)


def test_what_is_replaced_still_tells_how_to_share_the_budget(tree: Tree, measured: Path) -> None:
    put(tree, measured / "both")
    for name, seconds in (("early", 1), ("late", 9)):
        path = tree.study(name).path / "summary.csv"
        pd.read_csv(path).assign(took_ns_median=seconds * 1e9).to_csv(path, index=False)
    ended = tree.run("measure", *BOTH, "--into", str(tree.run_folder), "--replace", "--budget", "4s")
    assert (ended.code, ended.stderr) == (0, "")
    assert tree.study("early").plan.sessions[0].budget_s == pytest.approx(0.4, abs=0.05)


def test_replace_is_only_for_a_run_that_is_there(tree: Tree) -> None:
    ended = tree.run("measure", *LATE, "--replace")
    assert (ended.code, tree.results.exists()) == (1, False)
    assert ended.stderr == "harness: --replace measures studies of a run folder anew: say which with --into\n"


def test_into_a_folder_that_is_none_is_a_message(tree: Tree) -> None:
    ended = tree.run("measure", *LATE, "--into", "harness")
    assert ended.code == 1
    assert ended.stderr.startswith("harness: expected a run folder, got harness")
    assert not (tree.root / "harness" / "late").exists()


# A foreign folder.


def test_no_command_comes_from_a_folder(tree: Tree, measured: Path) -> None:
    """Wherever a folder could have one, and names a runner that would leave a trace."""
    put(tree, measured / "late")
    cut(tree.study(), 3)
    trace = ["sh", "-c", "touch hacked"]

    def change_plan(content: Any) -> None:  # noqa: ANN401
        content["cases"] = [each | {"command": trace} for each in content["cases"]]

    def change_run(content: Any) -> None:  # noqa: ANN401
        content["declarations"]["languages"]["fake"]["runners"] = [trace]

    edit_json(tree.study().path / "plan.json", change_plan)
    edit_json(tree.run_folder / "run.json", change_run)
    ended = tree.run("measure", "--resume", str(tree.run_folder))
    assert "Traceback" not in ended.stderr
    assert not (tree.root / "hacked").exists()


@pytest.mark.parametrize("option", ["--resume", "--into"])
@pytest.mark.parametrize(
    "change",
    [
        {"arguments": {"limit": 10, "pace": 9}},
        {"arguments": {"limit": 10, "pace": 1, "evil": "word"}},
        {"workers": 7},
        {"model": "waiting"},
        {"time_limit_s": 1e9},
        {"fixtures": [{"fixture": "shelf", "gives": "pace", "options": {"files": 3}}]},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_case_that_says_something_else_than_the_declarations_is_not_run(
    tree: Tree, measured: Path, change: dict[str, object], option: str
) -> None:
    put(tree, measured / "late")
    cut(tree.study(), 3)
    edit_json(tree.study().path / "plan.json", lambda content: content["cases"][1].update(change))
    ended = tree.run("measure", option, str(tree.run_folder), *(LATE if option == "--into" else ()))
    assert ended.code == 1
    assert ended.stderr.startswith("harness: ")
    assert "/late: its cases " in ended.stderr
    assert len(tree.read_records()) == 3


@pytest.mark.parametrize("name", ["../../x", "/tmp/x", "x\0y", ""])
@pytest.mark.parametrize("verb", ["measure", "chart"])
def test_a_study_of_another_name_is_not_written_anywhere_else(
    tree: Tree, measured: Path, name: str, verb: str
) -> None:
    put(tree, measured / "late")
    cut(tree.study(), 3)
    declared = json.loads((tree.run_folder / "run.json").read_bytes())["declarations"]["studies"]["late"]
    edit_json(tree.study().path / "plan.json", lambda content: content.update(study=name))
    edit_json(
        tree.run_folder / "run.json",
        lambda content: content["declarations"]["studies"].update({name: declared}),
    )
    folder = str(tree.run_folder)
    before = list_files(tree.root.parent)
    ended = tree.run(verb, *(("--resume", folder) if verb == "measure" else (folder,)))
    assert ended.code == 1
    assert "/run.json: " in ended.stderr
    assert ": expected a name in lower" in ended.stderr
    assert {path for path in list_files(tree.root.parent) - before if path.parent != tree.scratch} == set()


@pytest.mark.parametrize("name", ["../../../x", "/tmp/side-by-side-x", "../x"])
def test_a_chart_of_another_name_is_not_written_anywhere_else(tree: Tree, measured: Path, name: str) -> None:
    put(tree, measured / "late")

    def rename(content: Any) -> None:  # noqa: ANN401
        charts = content["declarations"]["studies"]["late"]["charts"]
        charts[name] = charts.pop("main")

    edit_json(tree.run_folder / "run.json", rename)
    before = list_files(tree.root.parent)
    ended = tree.run("chart", str(tree.run_folder))
    after = {path for path in list_files(tree.root.parent) - before if path.parent != tree.scratch}
    assert {path for path in after if not path.is_relative_to(tree.study().path / "charts")} == set()
    assert not Path(f"{name}-light.svg").is_absolute() or not Path(f"{name}-light.svg").exists()
    assert "Traceback" not in ended.stderr


def test_a_folder_in_which_charts_leads_elsewhere_is_not_followed(tree: Tree, measured: Path) -> None:
    put(tree, measured / "late")
    elsewhere = tree.root.parent / "elsewhere"
    elsewhere.mkdir()
    (tree.study().path / "charts").symlink_to(elsewhere)
    ended = tree.run("chart", str(tree.run_folder))
    assert ended.code == 1
    assert "Traceback" not in ended.stderr
    assert not list(elsewhere.iterdir())
