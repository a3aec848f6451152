"""The command line: one verb a stage; what it prints, writes and exits with."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pandas as pd
import pytest
import typer

from harness.cli import parse_budget
from harness.records import Journal
from harness.runs import Plan, Question, Run
from harness.schedule import QUICK
from tests.samples import case, record
from tests.tree import Tree, hold_gate

VERBS = (
    *("declare", "plan", "verify", "measure", "all"),
    *("collate", "summarise", "cost", "compare", "chart", "report", "export"),
)
LATE = ("--language", "fake", "--workload", "late")
GOOD = (*LATE, "--model", "sequential", "--model", "steady")
MADE = ("runs.csv", "summary.csv", "charts/late.svg", "charts/late.png")


def make_finished(tree: Tree) -> Path:
    """A run folder as `measure` would have left it."""
    cases = [case("sequential", workers=1), case("steady"), case("crashing")]
    folder = tree.results / "2026-01-01T00-00-00Z-cafe"
    folder.mkdir(parents=True)
    plan = Plan(
        run=folder.name,
        seed=1,
        quick=True,
        effort=QUICK,
        sources="",
        studies={"late": Question("Which of them fail?", "dots")},
        cases=cases,
    )
    (folder / "plan.json").write_bytes(msgspec.json.encode(plan))
    journal = Journal(folder / "records.jsonl")
    journal.append(record("crashing", status="crashed", reason="ended by SIGSEGV", elapsed_ns=None))
    for number in (1, 2):
        journal.append(record("sequential", number, elapsed_ms=20 + number))
        journal.append(record("steady", number, elapsed_ms=10 + number))
    return folder


def make_unfinished(tree: Tree) -> Path:
    """A run folder as a harness leaves it that is killed after three runs, with at least one to come."""
    assert tree.run("measure", "--quick", *GOOD).code == 0
    records = tree.run_folder / "records.jsonl"
    lines = records.read_bytes().splitlines(keepends=True)
    assert len(lines) > 3
    records.write_bytes(b"".join(lines[:3]))
    return tree.run_folder


def read_statuses(tree: Tree) -> dict[str, str]:
    table = pd.read_csv(tree.run_folder / "summary.csv")
    return dict(zip(table["model"], table["status"], strict=True))


def test_help_lists_every_verb(tree: Tree) -> None:
    """Through Python itself, as a user starts it."""
    answer = subprocess.run(
        [sys.executable, "-m", "harness", "--help"],
        cwd=tree.root,
        env=os.environ | {"COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=True,
    )
    listed = [words[1] for line in answer.stdout.splitlines() if len(words := line.split()) > 2]
    assert [verb for verb in listed if verb in VERBS] == list(VERBS)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("90", 90), ("15m", 900), ("1h", 3600), ("1.5m", 90), ("0.5s", 0.5)]
)
def test_a_budget_is_a_time(text: str, seconds: float) -> None:
    assert parse_budget(text) == seconds


@pytest.mark.parametrize("text", ["", "m", "fast", "-5s", "5 s", "1h30m", "0", "0m", "1d"])
def test_a_budget_that_is_none_says_what_one_looks_like(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="expected a time such as 90s, 15m or 1h, got"):
        parse_budget(text)


def test_declare_lists_what_there_is(tree: Tree) -> None:
    ended = tree.run("declare")
    assert (ended.code, ended.stdout) == (
        0,
        "languages: fake, gone\nworkloads: early, late\nstudies: early, late\n",
    )


def test_a_mistake_in_the_toml_is_a_message_and_exit_1(tree: Tree) -> None:
    (tree.root / "harness" / "studies" / "late.toml").write_text("chart = 3\n")
    ended = tree.run("declare")
    assert (ended.code, ended.stdout) == (1, "")
    assert ended.stderr.startswith(
        "harness: harness/studies/late.toml: question: expected this key, got nothing"
    )


def test_plan_lists_the_cases_and_why_some_are_not_run(tree: Tree) -> None:
    ended = tree.run("plan", "--quick", "--study", "late", "--model", "steady", "--model", "needless")
    assert ended.code == 0
    assert ended.stdout.splitlines() == [
        "planned  late/fake/steady fake-1 workers=2",
        "skipped  late/fake/needless fake-1 workers=2: it would be the sequential program",
    ]
    assert not tree.results.exists()


def test_a_filter_that_names_nothing_is_a_message_and_exit_1(tree: Tree) -> None:
    ended = tree.run("plan", "--workload", "soon")
    assert (ended.code, ended.stderr) == (1, "harness: --workload: expected one of early, late, got 'soon'\n")


def test_verify_exits_0_if_all_are_equal(tree: Tree) -> None:
    ended = tree.run("verify", *GOOD)
    assert ended.code == 0
    assert ended.stdout.splitlines() == [
        "ok late/fake/sequential fake-1: 2 vectors",
        "ok late/fake/steady fake-1: 2 vectors",
        "2 equal, 0 failed, 0 missing",
    ]


def test_verify_goes_on_after_a_failure_lists_it_and_exits_1(tree: Tree) -> None:
    ended = tree.run(
        "verify", "--study", "early", "--model", "wrong", "--model", "unlisted", "--model", "steady"
    )
    assert ended.code == 1
    assert ended.stdout.splitlines() == [
        "ok early/fake/steady fake-1: 2 vectors",
        "wrong_result early/fake/wrong fake-1: vector 1 (limit=3, pace=1): expected 3, got -1",
        "missing early/fake/unlisted fake-1: fake-1 does not list 'early unlisted': run 'make fake'",
        "1 equal, 1 failed, 1 missing",
    ]


def test_all_measures_and_draws_and_says_where_to_look(tree: Tree) -> None:
    ended = tree.run("all", "--quick", "--seed", "7", *GOOD)
    assert (ended.code, ended.stderr) == (0, "")
    folder = tree.run_folder.relative_to(tree.root)
    assert {f"charts: {folder}/charts/", f"numbers: {folder}/summary.csv"} <= set(ended.stdout.splitlines())
    assert all((tree.run_folder / name).stat().st_size for name in MADE)
    assert json.loads((tree.run_folder / "plan.json").read_text())["seed"] == 7
    assert json.loads((tree.run_folder / "environment.json").read_text())["runtimes"] == {
        "fake-1": "fake 1.2.3"
    }
    runs = pd.read_csv(tree.run_folder / "runs.csv")
    assert len(runs) == len(tree.read_records())
    assert runs["round"].max() in {2, 3}
    assert set(runs["status"]) == {"ok"}
    assert not list(tree.run_folder.rglob("*.partial"))
    assert not tree.leftovers()


def test_a_budget_ends_the_rounds_but_not_before_the_first_is_done(tree: Tree) -> None:
    ended = tree.run("measure", "--budget", "0.1s", *GOOD)
    assert ended.code == 0
    plan = Run(tree.run_folder).plan
    assert plan.effort.budget_s == 0.1
    first = [each.case for each in tree.read_records() if each.round == 1]
    assert sorted(first) == sorted(each.id for each in plan.cases)


def test_all_goes_on_after_every_failure_lists_it_and_exits_1(tree: Tree) -> None:
    """One that fails its vectors, one that fails when timed, one that is missing, one that is skipped."""
    (tree.root / "fake" / "runner.py").write_text(
        (tree.root / "fake" / "runner.py")
        .read_text()
        .replace('workload == "late" and', 'model != "wrong" and')
    )
    models = ("steady", "wrong", "crashing", "unlisted", "needless")
    ended = tree.run(
        "all", "--quick", "--study", "late", *(word for name in models for word in ("--model", name))
    )
    assert ended.code == 1
    assert read_statuses(tree) == {
        "steady": "ok",
        "wrong": "wrong_result",
        "crashing": "crashed",
        "unlisted": "missing",
        "needless": "skipped",
    }
    assert ended.stderr.splitlines() == [
        "wrong_result late/fake/wrong fake-1 workers=2: vector 1 (limit=3, pace=1): expected 3, got -1",
        "crashed late/fake/crashing fake-1 workers=2: ended by SIGSEGV",
        "missing late/fake/unlisted fake-1 workers=2: fake-1 does not list 'late unlisted': run 'make fake'",
        "harness: 3 of 5 cases failed, see above",
    ]
    rounds = {(each.case.split()[0], each.round) for each in tree.read_records()}
    assert ("late/fake/wrong", 1) not in rounds
    assert {("late/fake/wrong", 0), ("late/fake/crashing", 1), ("late/fake/steady", 2)} <= rounds
    assert all((tree.run_folder / name).stat().st_size for name in MADE)


def test_all_ends_well_where_nothing_could_be_measured(tree: Tree) -> None:
    ended = tree.run("all", "--quick", "--study", "late", "--language", "gone")
    assert ended.code == 1
    assert "missing late/gone/sequential gone workers=1: gone runner missing: run 'make gone'" in ended.stderr
    assert "1 of 1 cases failed" in ended.stderr


def test_each_later_stage_is_made_again_from_the_files_of_the_one_before(tree: Tree) -> None:
    folder = make_finished(tree)
    records = (folder / "records.jsonl").read_bytes()
    made = []
    for _ in range(2):
        for verb in ("collate", "summarise", "chart"):
            ended = tree.run(verb, str(folder))
            assert (ended.code, ended.stderr) == (0, "")
        made.append({name: (folder / name).read_bytes() for name in MADE})
        for name in MADE:
            (folder / name).unlink()
    assert made[0] == made[1]
    assert (folder / "records.jsonl").read_bytes() == records


def test_cost_is_read_from_the_runs(tree: Tree) -> None:
    make_finished(tree)
    assert tree.run("collate").code == 0
    ended = tree.run("cost")
    assert (ended.code, ended.stderr) == (0, "")
    assert "the harness's own share of the measuring time: " in ended.stdout


def test_without_a_folder_the_newest_run_is_meant(tree: Tree) -> None:
    folder = make_finished(tree)
    older = folder.with_name("2025-01-01T00-00-00Z-cafe")
    older.mkdir()
    (older / "plan.json").write_bytes((folder / "plan.json").read_bytes())
    assert tree.run("collate").code == 0
    assert (folder / "runs.csv").exists()
    assert not (older / "runs.csv").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("collate", "harness"), "expected a run folder, harness has no plan.json"),
        (("collate",), "got none: run 'make all' first"),
        (("chart", "results/x"), "no summary.csv in results/x"),
        (("summarise", "results/x"), "no runs.csv in results/x"),
        (("all", "--resume", "nowhere"), "expected a run folder, nowhere has no plan.json"),
        (
            ("measure", *GOOD, "--results", "Makefile"),
            "cannot make a run folder in Makefile: Not a directory: make it",
        ),
    ],
)
def test_a_folder_that_will_not_do_is_a_message_with_the_remedy(
    tree: Tree, words: tuple[str, ...], message: str
) -> None:
    (tree.root / "Makefile").write_text("")
    if "results/x" in words:
        make_finished(tree).rename(tree.results / "x")
    ended = tree.run(*words)
    assert ended.code == 1
    assert ended.stderr.startswith("harness: ")
    assert message in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_a_budget_that_is_none_is_a_usage_error(tree: Tree) -> None:
    ended = tree.run("all", "--budget", "soon")
    assert ended.code == 2
    words = " ".join(ended.stderr.replace("│", " ").split())
    assert "expected a time such as 90s, 15m or 1h, got 'soon'" in words


def test_a_full_disk_is_said_and_the_run_can_be_resumed(tree: Tree) -> None:
    folder = make_unfinished(tree)
    before = tree.read_records()
    room = (folder / "records.jsonl").stat().st_size + 100  # not enough for another record
    ended = tree.run("measure", "--resume", "results/" + folder.name, largest_file=room)
    assert ended.code == 1
    assert "harness: cannot write records.jsonl: File too large: make room, then go on with" in ended.stderr
    assert (folder / "records.jsonl").stat().st_size == room
    assert tree.run("measure", "--resume", str(folder)).code == 0
    after = tree.read_records()
    assert after[:3] == before
    assert len({(each.round, each.case) for each in after}) == len(after) > 3


def test_a_run_with_packed_records_is_not_resumed_before_they_are_unpacked(tree: Tree) -> None:
    records = make_unfinished(tree) / "records.jsonl"
    packed = records.with_name("records.jsonl.gz")
    packed.write_bytes(gzip.compress(records.read_bytes()))
    records.unlink()
    ended = tree.run("measure", "--resume", str(records.parent))
    assert (ended.code, ended.stdout) == (1, "")
    assert ended.stderr.strip().endswith(f"records.jsonl.gz is packed: run 'gunzip {packed}' first")
    assert not records.exists()
    records.write_bytes(gzip.decompress(packed.read_bytes()))
    packed.unlink()
    assert tree.run("measure", "--resume", str(records.parent)).code == 0


def test_a_run_is_not_resumed_with_other_sources_unless_told_so(tree: Tree) -> None:
    folder = make_unfinished(tree)
    (tree.root / "fake" / "late" / "steady.txt").write_text("better now\n")
    ended = tree.run("all", "--resume", str(folder))
    assert ended.code == 1
    assert f"harness: the sources have changed since {folder.name} was begun" in ended.stderr
    assert "start a new run, or say --anyway" in ended.stderr
    assert len(tree.read_records()) == 3
    assert tree.run("all", "--resume", str(folder), "--anyway").code == 0
    assert len(tree.read_records()) > 3


def test_the_second_harness_on_a_machine_stops_unless_told_to_go_on(tree: Tree) -> None:
    with hold_gate(tree) as gate:
        first = tree.start("measure", "--quick", *LATE, "--model", "waiting")
        gate.await_run(first)
        second = tree.run("measure", "--quick", *GOOD, "--results", "others")
        assert second.code == 1
        assert f"another harness is measuring on this machine (process {first.process.pid})" in second.stderr
        assert not (tree.root / "others").exists()
        assert tree.run("measure", "--quick", *GOOD, "--results", "others", "--anyway").code == 0
        assert first.process.is_alive()


def test_stages_that_time_nothing_do_not_ask_for_the_machine(tree: Tree) -> None:
    with hold_gate(tree) as gate:
        gate.await_run(tree.start("measure", "--quick", *LATE, "--model", "waiting"))
        assert tree.run("plan", "--quick", *LATE).code == 0
        assert tree.run("collate").code == 0
