"""The command line: one verb a stage; what it prints, writes and exits with."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pandas as pd
import pytest
import typer

from harness.options import parse_budget
from harness.store.folder import Run
from tests.samples import EFFORT, case, plan, record, write_run
from tests.tree import Tree, hold_gate

VERBS = (
    *("declare", "plan", "calibrate", "verify", "measure", "all"),
    *("collate", "summarise", "chart", "report", "compare", "export", "pack"),
)
LATE = ("--language", "fake", "--workload", "late")
GOOD = (*LATE, "--model", "sequential", "--model", "steady")
TABLES = ("runs.csv", "series.csv", "probes.csv", "summary.csv", "comparisons.csv", "fits.csv", "marks.csv")
CHARTS = ("charts/main-light.svg", "charts/main-dark.svg", "charts/main.png")


def make_finished(tree: Tree, name: str = "2026-01-01T00-00-00Z-cafe") -> Run:
    """A run folder as `measure` would have left it."""
    cases = [case("sequential", workers=1), case("steady"), case("crashing")]
    records = [record("crashing", status="crashed", reason="ended by SIGSEGV", elapsed_ns=None)]
    for number in range(1, 7):
        records += [
            record("sequential", number, 20 + number),
            record("steady", number, 10 + number, order=2),
        ]
    of = plan(cases, [("steady", "sequential")], effort=EFFORT)
    return write_run(tree.results / name, {"late": (of, records)})


def read_statuses(tree: Tree, study: str = "late") -> dict[str, str]:
    table = pd.read_csv(tree.study(study).path / "summary.csv")
    return dict(zip(table["model"], table["status"], strict=True))


def read_texts(svg: Path) -> list[str]:
    """All texts of a drawing, which must be well-formed; their letters are paths, with the text as a comment."""
    ET.parse(svg)
    return re.findall(r"<!-- (.*?) -->", svg.read_text())


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


@pytest.mark.parametrize(
    "text", ["", "m", "fast", "-5s", "5 s", "1h30m", "0", "0m", "0.000s", "1d", "1e9s", "9" * 400, "nan"]
)
def test_a_budget_that_is_none_says_what_one_looks_like(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="expected a time such as 90s, 15m or 1h, got"):
        parse_budget(text)


# What is declared, and what it will take.


def test_declare_lists_what_there_is(tree: Tree) -> None:
    ended = tree.run("declare")
    assert (ended.code, ended.stderr) == (0, "")
    assert ended.stdout.splitlines() == [
        "languages: fake, gone",
        "workloads: early, late, pulse",
        "studies: early, late, pulse",
    ]


def test_a_mistake_in_the_toml_is_a_message_and_exit_1(tree: Tree) -> None:
    tree.write("harness/studies/late.toml", "order = 3\n")
    ended = tree.run("declare")
    assert (ended.code, ended.stdout) == (1, "")
    assert ended.stderr.startswith(
        "harness: harness/studies/late.toml: question: expected this key, got nothing"
    )


def test_plan_lists_cases_reasons_and_the_predicted_time_per_study_and_in_all(tree: Tree) -> None:
    ended = tree.run("plan", "--quick", "--model", "steady", "--model", "needless", "--workload", "late")
    assert ended.code == 0
    lines = ended.stdout.splitlines()
    assert lines == [
        "late: 2 cases, 1 comparisons, about 3 s",  # three runs of 0.2 s in five rounds, and a margin
        "  planned  late/fake/sequential fake-1 workers=1",
        "  planned  late/fake/steady fake-1 workers=2",
        "  skipped  late/fake/needless fake-1 workers=2: it would be the sequential program",
        "all: about 3 s to the floor of rounds, 2 cases are guessed: nothing was measured of them yet",
    ]
    assert not tree.results.exists()


def test_plan_predicts_from_what_was_measured(tree: Tree) -> None:
    took = {"sequential fake-1 workers=1": 10, "steady fake-1 workers=2": 30}
    rows = [f"late/fake/{name},{seconds * 10**9}\n" for name, seconds in took.items()]
    tree.write("results/2026-01-01T00-00-00Z-cafe/late/summary.csv", "case,took_ns_median\n" + "".join(rows))
    ended = tree.run("plan", "--quick", *GOOD)
    assert ended.stdout.splitlines()[-1] == "all: about 4.3 min to the floor of rounds"


def test_plan_adds_up_all_studies(tree: Tree) -> None:
    ended = tree.run("plan", "--language", "fake")
    heads = [line for line in ended.stdout.splitlines() if line[0] != " "]
    assert [line.split(":")[0] for line in heads] == ["early", "late", "pulse", "all"]
    assert all(": about " in line or ", about " in line for line in heads)


def test_a_filter_that_names_nothing_is_a_message_and_exit_1(tree: Tree) -> None:
    ended = tree.run("plan", "--workload", "soon")
    assert (ended.code, ended.stdout) == (1, "")
    assert ended.stderr == "harness: --workload: expected one of early, late, pulse, got 'soon'\n"


def test_choices_that_leave_no_case_are_a_message_and_exit_1(tree: Tree) -> None:
    ended = tree.run("plan", "--study", "late", "--workload", "early")
    assert (ended.code, ended.stderr) == (
        1,
        "harness: expected at least one case, the choices leave none: see 'python -m harness plan'\n",
    )


def test_a_machine_is_calibrated(tree: Tree) -> None:
    ended = tree.run("calibrate")
    assert ended.code == 0
    assert ended.stdout.splitlines()[0] == "The machine's parallel speed was not calibrated."


# Verify.


def test_verify_exits_0_if_all_are_equal(tree: Tree) -> None:
    ended = tree.run("verify", *GOOD)
    assert (ended.code, ended.stderr) == (0, "")
    assert ended.stdout.splitlines() == [
        "ok late/fake/sequential fake-1: 2 vectors",
        "ok late/fake/steady fake-1: 2 vectors",
        "2 equal, 0 failed, 0 missing",
    ]


def test_verify_goes_on_after_a_failure_lists_it_and_exits_1(tree: Tree) -> None:
    models = ("wrong", "unlisted", "steady")
    ended = tree.run("verify", "--study", "early", *(word for name in models for word in ("--model", name)))
    assert ended.code == 1
    assert ended.stdout.splitlines() == [
        "ok early/fake/sequential fake-1: 2 vectors",  # what they are compared with
        "ok early/fake/steady fake-1: 2 vectors",
        "wrong_result early/fake/wrong fake-1: vector 1 (limit=3, pace=1): expected 3, got -1",
        "missing early/fake/unlisted fake-1: fake-1 does not list 'early unlisted': run 'make fake'",
        "2 equal, 1 failed, 1 missing",
    ]


def test_what_only_full_sweeps_have_is_verified(tree: Tree) -> None:
    """The model `few` is not in the quick sweep of `pulse`."""
    ended = tree.run("verify", "--study", "pulse", "--model", "few")
    assert "wrong" not in ended.stdout
    assert "ok pulse/fake/few fake-1: 1 vectors" in ended.stdout.splitlines()


# All.


def test_all_that_a_declaration_can_say_goes_through_to_a_drawing(tree: Tree) -> None:
    """A choice, arrays, a fixture with options, another judged quantity than time, a finding, no result."""
    ended = tree.run("all", "--quick", "--seed", "7", "--language", "fake", "--study", "pulse")
    assert (ended.code, ended.stderr) == (0, "")
    study = tree.study("pulse")
    made = {str(path.relative_to(study.path)) for path in study.path.rglob("*") if path.is_file()}
    charts = {
        f"charts/{name}{end}" for name in ("main", "gaps") for end in ("-light.svg", "-dark.svg", ".png")
    }
    assert made == {"plan.json", "records.jsonl", *TABLES, *charts}

    plan = tree.read_plan("pulse")
    assert {each.arguments["mode"] for each in plan.cases} == {"calm", "wild"}
    assert {each.result for each in plan.cases} == {None}
    assert [each.seed for each in plan.sessions] == [7]
    assert plan.sessions[0].environment["runtimes"] == {"fake-1": "fake 1.2.3"}

    series = pd.read_csv(study.path / "series.csv")
    assert set(series["name"]) == {"gap_ns"}
    assert len(series) == 10 * len(tree.read_records("pulse"))
    runs = pd.read_csv(study.path / "runs.csv")
    assert {"mode", "gap_p50_ns", "gap_p99_ns", "depth_mean", "depth_max", "depth_seen"} <= set(runs)
    assert (runs["gap_spread"] == runs["gap_p99_ns"] / runs["gap_p50_ns"]).all()
    assert set(runs["shelf_files"]) == {10}

    compared = pd.read_csv(study.path / "comparisons.csv")
    overall = compared[compared["session"] == 0]
    assert set(overall["verdict"]) == {"higher"}
    assert overall["ratio"].tolist() == pytest.approx([3.0] * len(overall))

    title = "Wild beats are 3.00× as far apart"
    for name in sorted(charts):
        if name.endswith(".svg"):
            texts = read_texts(study.path / name)
            assert title in texts
            assert any(text.startswith("Fake steady") for text in texts)
    text = "In wild mode the gaps are 3.00× [3.00×, 3.00×] those of calm mode (higher)."
    assert f"- {text}" in ended.stdout.splitlines()
    assert text in (tree.run_folder / "report.md").read_text()

    log = (tree.scratch / "shelf.log").read_text().splitlines()
    assert log.count("enter 10") == log.count("exit 10") == 1  # prepared once for all of these cases
    assert log.count("before 10") == len(tree.read_records("pulse"))
    assert not tree.leftovers()


def test_all_measures_and_draws_and_says_where_to_look(tree: Tree) -> None:
    ended = tree.run("all", "--quick", *GOOD)
    assert (ended.code, ended.stderr) == (0, "")
    folder = tree.run_folder.relative_to(tree.root)
    assert {
        f"report: {folder}/index.html",
        f"numbers: {folder}/<study>/summary.csv and comparisons.csv",
    } <= set(ended.stdout.splitlines())
    assert "the harness's own share of the measuring time: " in ended.stdout
    study = tree.study()
    assert all((study.path / name).stat().st_size for name in ("summary.csv", "comparisons.csv", *CHARTS))
    assert "Fake steady × 2" in read_texts(study.path / CHARTS[0])
    records = tree.read_records()
    assert [each.round for each in records] == [number for number in range(1, 6) for _ in range(3)]
    assert [each.repeat for each in records if "sequential" in each.case] == [1, 2] * 5
    assert {each.status for each in records} == {"ok"}
    assert tree.read_plan().sessions[0].ended_at
    assert not list(tree.run_folder.rglob("*.partial"))
    assert not tree.leftovers()


def test_without_a_terminal_progress_is_a_line_now_and_then(tree: Tree) -> None:
    ended = tree.run("measure", "--quick", "--model", "steady", "--workload", "late")
    lines = [line for line in ended.stdout.splitlines() if "round" in line and "late: " in line]
    assert lines == ["late: round 1, 1 of 3: 0 of 75 s"]


def test_the_machine_is_probed_between_runs_where_the_probe_is_built(tree: Tree) -> None:
    tree.write_program("build/native/probe", "#!/bin/sh\necho '{\"elapsed_ns\": 5000000}'\n")
    assert tree.run("measure", "--quick", *GOOD).code == 0
    looks = tree.study().probes.read()
    assert looks[0].elapsed_ns == 5_000_000
    assert len(pd.read_csv(tree.study().path / "probes.csv")) == len(looks)


def test_studies_are_measured_one_after_another_each_with_its_share(tree: Tree) -> None:
    models = ("--model", "steady", "--language", "fake")
    ended = tree.run("measure", "--quick", "--budget", "20s", *models)
    assert ended.code == 0
    names = ("early", "late", "pulse")
    sessions = [tree.read_plan(name).sessions[0] for name in names]
    assert sum(each.budget_s for each in sessions) >= 19
    spans = [
        (min(each.started_at for each in records), max(each.started_at for each in records))
        for records in map(tree.read_records, names)
    ]
    assert spans[0][1] < spans[1][0] < spans[1][1] < spans[2][0]


def test_a_budget_ends_the_rounds_but_not_before_the_first_is_done(tree: Tree) -> None:
    ended = tree.run("measure", "--budget", "0.1s", *GOOD)
    assert ended.code == 0
    first = [each.case for each in tree.read_records() if each.round == 1]
    assert set(first) == {each.id for each in tree.read_plan().cases}
    assert {each.round for each in tree.read_records()} == {1}
    assert tree.read_plan().sessions[0].budget_s == 0.1


def test_all_goes_on_after_every_failure_lists_it_and_exits_1(tree: Tree) -> None:
    """One that fails its vectors, one that fails when timed, one that is missing, one that is skipped."""
    tree.edit("fake/runner.py", 'workload != "early" and', 'model != "wrong" and')
    models = ("steady", "wrong", "crashing", "unlisted", "needless")
    ended = tree.run(
        "all", "--quick", "--study", "late", *(word for name in models for word in ("--model", name))
    )
    assert ended.code == 1
    assert read_statuses(tree) == {
        "sequential": "ok",
        "steady": "ok",
        "wrong": "wrong_result",
        "crashing": "crashed",
        "unlisted": "missing",
        "needless": "skipped",
    }
    assert ended.stderr.splitlines() == [
        "late: wrong_result late/fake/wrong fake-1 workers=2: vector 1 (limit=3, pace=1): expected 3, got -1",
        "late: crashed late/fake/crashing fake-1 workers=2: ended by SIGSEGV",
        "late: missing late/fake/unlisted fake-1 workers=2: fake-1 does not list 'late unlisted': run 'make fake'",
        "harness: 3 cases failed, see above",
    ]
    rounds = {(each.case.split()[0], each.round) for each in tree.read_records()}
    assert ("late/fake/wrong", 1) not in rounds
    assert {("late/fake/wrong", 0), ("late/fake/crashing", 1), ("late/fake/steady", 5)} <= rounds
    assert all((tree.study().path / name).stat().st_size for name in CHARTS)


def test_all_ends_well_where_nothing_could_be_measured(tree: Tree) -> None:
    ended = tree.run("all", "--quick", "--study", "late", "--language", "gone")
    assert ended.code == 1
    assert ended.stderr.splitlines() == [
        "late: missing late/gone/sequential gone workers=1: gone runner missing: run 'make gone'",
        "harness: 1 cases failed, see above",
    ]


def test_a_fixture_that_dies_during_a_run_makes_one_row_and_is_started_anew(tree: Tree) -> None:
    tree.edit("harness/studies/pulse.toml", '"steady"]', '"steady", "breaking"]')
    ended = tree.run("all", "--quick", "--language", "fake", "--study", "pulse")
    assert ended.code == 1
    broken = [each for each in tree.read_records("pulse") if "breaking" in each.case]
    assert [each.status for each in broken] == ["unserved"] * 4  # once each of its cases
    assert {each.reason for each in broken} == {"shelf: expected the shelf where it was, it has gone"}
    others = [each for each in tree.read_records("pulse") if "breaking" not in each.case]
    assert {each.status for each in others} == {"ok"}
    assert {each.round for each in others} == {1, 2, 3, 4, 5}
    log = (tree.scratch / "shelf.log").read_text().splitlines()
    assert log.count("enter 10") == 5
    assert not tree.leftovers()


# Later stages.


def test_each_later_stage_is_made_again_from_the_files_of_the_one_before(tree: Tree) -> None:
    study = make_finished(tree).study("late")
    records = study.journal.path.read_bytes()
    made = []
    for _ in range(2):
        for verb in ("collate", "summarise", "chart", "report"):
            ended = tree.run(verb, str(study.path.parent))
            assert (ended.code, ended.stderr) == (0, "")
        files = [*(study.path / name for name in (*TABLES, *CHARTS)), study.path.parent / "report.md"]
        made.append([path.read_bytes() for path in files])
        for path in files:
            path.unlink()
    assert made[0] == made[1]
    assert study.journal.path.read_bytes() == records


def test_a_run_folder_is_drawn_without_the_declarations_of_today(tree: Tree) -> None:
    folder = make_finished(tree)
    for name in ("harness/workloads/late.toml", "harness/studies/late.toml"):
        (tree.root / name).unlink()
    for verb in ("collate", "summarise", "chart", "report"):
        ended = tree.run(verb, str(folder.path))
        assert (ended.code, ended.stderr) == (0, "")
    assert "Fake steady × 2" in read_texts(folder.study("late").path / CHARTS[0])


def test_without_a_folder_the_newest_run_is_meant(tree: Tree) -> None:
    newer, older = make_finished(tree), make_finished(tree, "2025-01-01T00-00-00Z-cafe")
    (tree.results / "reference").mkdir()
    assert tree.run("collate").code == 0
    assert (newer.study("late").path / "runs.csv").exists()
    assert not (older.study("late").path / "runs.csv").exists()


def test_a_packed_run_is_smaller_and_tells_the_same(tree: Tree) -> None:
    folder = make_finished(tree)
    study = folder.study("late")
    assert all(tree.run(verb).code == 0 for verb in ("collate", "summarise"))
    tables = {name: (study.path / name).read_bytes() for name in TABLES}
    records = study.journal.read()
    for _ in range(2):
        ended = tree.run("pack", str(folder.path))
        assert (ended.code, ended.stderr) == (0, "")
        assert {path.name for path in study.path.iterdir()} == {
            *("plan.json", "records.jsonl.gz"),
            *(set(TABLES) - {"runs.csv", "series.csv"}),
        }
    assert study.journal.read() == records
    assert all(tree.run(verb).code == 0 for verb in ("chart", "report"))
    assert all(tree.run(verb).code == 0 for verb in ("collate", "summarise"))
    assert {name: (study.path / name).read_bytes() for name in TABLES} == tables


def test_a_page_gets_the_blocks_that_it_asks_for(tree: Tree) -> None:
    folder = make_finished(tree)
    assert all(tree.run(verb).code == 0 for verb in ("collate", "summarise"))
    tree.write("README.md", "a\n<!-- begin chart/late/main -->\nold\n<!-- end -->\nb\n")
    assert tree.run("report", str(folder.path), "--splice", "README.md").code == 0
    page = (tree.root / "README.md").read_text()
    assert page.startswith("a\n<!-- begin chart/late/main -->\n<picture>")
    assert f"results/{folder.path.name}/late/charts/main-light.svg" in page
    assert "old" not in page
    assert page.endswith("<!-- end -->\nb\n")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("collate", "harness"), "expected a run folder, got harness, which has no run.json"),
        (("collate",), "got none: run 'make all' first"),
        (("chart", "results/x"), "results/x/late/summary.csv: expected a table: "),
        (("report", "results/x"), "run 'python -m harness summarise' first"),
        (("all", "--resume", "nowhere"), "expected a run folder, got nowhere, which has no run.json"),
        (("all", "--resume", "Makefile"), "expected a run folder, got Makefile, which has no run.json"),
        (
            ("measure", *GOOD, "--results", "Makefile"),
            "cannot make a run folder in Makefile: Not a directory: make it writable",
        ),
    ],
)
def test_a_folder_that_will_not_do_is_a_message_with_the_remedy(
    tree: Tree, words: tuple[str, ...], message: str
) -> None:
    tree.write("Makefile", "")
    if "results/x" in words:
        make_finished(tree, "x")
    ended = tree.run(*words)
    assert ended.code == 1
    assert ended.stderr.startswith("harness: ")
    assert message in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_a_run_without_records_is_not_told_as_one(tree: Tree) -> None:
    folder = make_finished(tree)
    folder.study("late").journal.path.write_bytes(b"")
    ended = tree.run("collate")
    assert ended.code == 1
    assert "expected records, got none: restore them, or measure it again" in ended.stderr


def test_a_budget_that_is_none_is_a_usage_error(tree: Tree) -> None:
    ended = tree.run("all", "--budget", "soon")
    assert ended.code == 2
    words = " ".join(ended.stderr.replace("│", " ").split())
    assert "expected a time such as 90s, 15m or 1h, got 'soon'" in words


def test_whoever_stops_reading_is_no_trouble(tree: Tree) -> None:
    """As `python -m harness plan | head -1` does."""
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as closed:
        answer = subprocess.run(
            [sys.executable, "-m", "harness", "plan"],
            cwd=tree.root,
            stdout=closed,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert answer.returncode in (1, 141)
    assert answer.stderr == b""


def test_a_full_standard_output_is_a_message(tree: Tree) -> None:
    with Path("/dev/full").open("wb") as full:
        answer = subprocess.run(
            [sys.executable, "-m", "harness", "declare"],
            cwd=tree.root,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert answer.returncode == 1
    assert b"No space left on device" in answer.stderr
    assert b"Traceback" not in answer.stderr


# One at a time.


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
    make_finished(tree)
    with hold_gate(tree) as gate:
        gate.await_run(tree.start("measure", "--quick", *LATE, "--model", "waiting", "--results", "others"))
        assert tree.run("plan", "--quick", *LATE).code == 0
        assert tree.run("collate").code == 0


def test_a_seed_is_kept(tree: Tree) -> None:
    assert tree.run("measure", "--quick", "--seed", "11", *GOOD).code == 0
    assert json.loads((tree.study().path / "plan.json").read_text())["sessions"][0]["seed"] == 11
