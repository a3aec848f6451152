"""export: a study's timed runs in hyperfine's own format, held against the real one and what its scripts read."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness.cli import app
from harness.errors import HarnessError
from harness.plan.cases import Case
from harness.store.folder import Run
from harness.store.records import Record
from harness.tell.export import export
from tests.samples import case, plan, record, write_run

ALONE = case("sequential", id="alone", workers=1)
TWO = case("steady", id="two", workers=2)
NEWER = {"memory_usage_byte"}  # since hyperfine 1.19

Json = dict[str, object]


def pair(name: str) -> list[Record]:
    return [record(name, 1), record(name, 2, 12)]


def exported(
    folder: Path,
    cases: Sequence[Case],
    records: Sequence[Record],
    patterns: Sequence[str] = (),
    parameters: Sequence[str] = (),
) -> list[Json]:
    """Export, and read the file again."""
    path, _ = export(write_run(folder, {"late": (plan(cases), records)}), "", patterns, parameters)
    assert path == folder / "late" / "hyperfine.json"
    assert not list(folder.rglob("*.partial"))
    return read(path)


def read(path: Path) -> list[Json]:
    results: list[Json] = json.loads(path.read_text(encoding="utf-8"))["results"]
    return results


def ask_hyperfine(folder: Path, *words: str) -> list[Json]:
    """Let the real one write an export."""
    path = folder / "export.json"
    command = ["hyperfine", "-N", "--style", "none", *words, "--export-json", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    return [{name: value for name, value in result.items() if name not in NEWER} for result in read(path)]


def find_types(value: object) -> object:
    """Say what types a JSON value is made of; the names of parameters are anybody's."""
    if isinstance(value, list):
        return {str(find_types(each)) for each in value}
    return type(value).__name__


def describe(result: Json) -> list[tuple[str, object]]:
    """Say in what order a result has which keys, of what types."""
    parameters = result.get("parameters")
    types = [(name, find_types(value)) for name, value in result.items() if name != "parameters"]
    if isinstance(parameters, dict):
        types.append(("parameters", find_types(list(parameters.values()))))
    return types


# As the real one.


@pytest.mark.parametrize("count", [1, 2])
def test_results_have_the_keys_and_types_of_the_real_hyperfine(tmp_path: Path, count: int) -> None:
    real = ask_hyperfine(tmp_path, "--runs", str(count), "--parameter-list", "x", "1,2", "printf {x}")
    mine = exported(tmp_path / "run", [ALONE, TWO], [*pair("alone")[:count], *pair("two")[:count]])
    assert [describe(each) for each in mine] == [describe(each) for each in real]
    assert (mine[0]["stddev"] is None) is (count == 1)


def test_without_parameters_there_is_no_such_key_as_in_the_real_hyperfine(tmp_path: Path) -> None:
    (real,) = ask_hyperfine(tmp_path, "--runs", "2", "printf 1")
    other = case("steady", id="other", arguments={"delay_ms": 1})
    mine = exported(tmp_path / "run", [TWO, other], [*pair("two"), *pair("other")], parameters=["limit"])
    assert "parameters" not in real
    assert describe(mine[0]) == describe(real)
    assert mine[1]["parameters"] == {"limit": "10"}


def test_statistics_are_those_of_the_real_hyperfine(tmp_path: Path) -> None:
    """What it makes of its times, we make of the same times."""
    (real,) = ask_hyperfine(tmp_path, "--runs", "5", "sleep 0.001")
    times = real["times"]
    assert isinstance(times, list)
    records = [record("two", n, 0.1, wall_ns=round(time * 1e9)) for n, time in enumerate(times, 1)]
    (mine,) = exported(tmp_path / "run", [TWO], records)
    for name in ("mean", "stddev", "median", "min", "max", "times"):
        assert mine[name] == pytest.approx(real[name]), name


# What is in it.


def test_times_are_seconds_of_the_whole_process_in_the_order_in_which_they_were_made(tmp_path: Path) -> None:
    records = [record("two", 2, 50), record("two", 1, 10, order=3), record("two", 1, 30, order=7, repeat=2)]
    (mine,) = exported(tmp_path, [TWO], records)
    assert mine["times"] == [0.015, 0.035, 0.055]
    assert (mine["min"], mine["median"], mine["max"]) == (0.015, 0.035, 0.055)
    assert (mine["user"], mine["system"]) == (pytest.approx(0.006), pytest.approx(0.003))
    assert mine["exit_codes"] == [0, 0, 0]


def test_a_case_is_named_by_its_id_and_described_by_its_parameters(tmp_path: Path) -> None:
    (mine,) = exported(tmp_path, [TWO], pair("two"))
    assert mine["command"] == "two"
    assert mine["parameters"] == {
        "workload": "late",
        "language": "fake",
        "model": "steady",
        "runtime": "fake-1",
        "workers": "2",
        "limit": "10",
        "pace": "1",
    }


def test_only_good_timed_runs_are_in_it(tmp_path: Path) -> None:
    records = [
        *pair("two"),
        record("two", 3, status="crashed", elapsed_ns=None),
        record("two", 1, 99, phase="memory"),
        record("alone", 1, status="wrong_result"),
    ]
    mine = exported(tmp_path, [case(id="skipped", status="skipped"), ALONE, TWO], records)
    assert [(each["command"], each["times"]) for each in mine] == [("two", [0.015, 0.017])]


def test_cases_are_in_the_order_of_the_plan_or_of_the_parameters_that_are_kept(tmp_path: Path) -> None:
    """As numbers: a line drawn through them does not turn back."""
    cases = [case(id=f"x{count}", workers=count) for count in (2, 10, 1)]
    records = [run for each in cases for run in pair(each.id)]
    plain = exported(tmp_path / "a", cases, records)
    assert [each["command"] for each in plain] == ["x2", "x10", "x1"]
    kept = exported(tmp_path / "b", cases, records, parameters=["workers"])
    assert [each["parameters"] for each in kept] == [{"workers": str(count)} for count in (1, 2, 10)]


def test_cases_are_chosen_by_patterns_of_their_ids(tmp_path: Path) -> None:
    cases = [case(id=name) for name in ("a/b c", "a/b d", "x/b c")]
    records = [run for each in cases for run in pair(each.id)]
    for number, (patterns, expected) in enumerate(
        (
            [["a/*"], ["a/b c", "a/b d"]],
            [["x/b c", "* c"], ["a/b c", "x/b c"]],
            [[], ["a/b c", "a/b d", "x/b c"]],
        )
    ):
        found = exported(tmp_path / str(number), cases, records, patterns)
        assert [each["command"] for each in found] == expected


@pytest.mark.parametrize(
    ("patterns", "parameters", "message"),
    [
        (["* c", "b"], [], "--case: expected an id, with .*, got '. c', which matches none"),
        (["two", "b"], [], "--case: expected an id, with .*, got 'b', which matches none"),
        ([], ["workers", "speed"], "--parameter: expected one of language, limit, .*, got 'speed'"),
        (["alone"], [], "expected good timed runs of study late to export, got none"),
    ],
)
def test_a_choice_that_will_not_do_is_a_message(
    tmp_path: Path, patterns: list[str], parameters: list[str], message: str
) -> None:
    with pytest.raises(HarnessError, match=message):
        exported(tmp_path, [ALONE, TWO], pair("two"), patterns, parameters)


# The verb.


def make_run(folder: Path) -> Run:
    studies = {"early": [ALONE], "late": [ALONE, TWO]}
    return write_run(
        folder,
        {
            name: (plan(cases), [r for each in cases for r in pair(each.id)])
            for name, cases in studies.items()
        },
    )


def ask(*words: object) -> tuple[int, str, str]:
    found = CliRunner().invoke(app, ["export", *map(str, words)])
    return found.exit_code, found.stdout, found.stderr


def test_the_verb_exports_the_first_study_of_the_newest_run_or_what_is_named(tmp_path: Path) -> None:
    run = make_run(tmp_path / "2026-01-01")
    code, said, _ = ask("--results", tmp_path)
    assert (code, said) == (0, f"hyperfine's format: {run.path}/early/hyperfine.json: 1 cases\n")
    code, said, _ = ask(run.path, "--study", "late", "--case", "t*", "--parameter", "workers")
    assert (code, said) == (0, f"hyperfine's format: {run.path}/late/hyperfine.json: 1 cases\n")
    assert read(run.path / "late" / "hyperfine.json")[0]["parameters"] == {"workers": "2"}


def test_packed_records_are_exported_as_well(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    run.study("late").journal.pack()
    assert ask(run.path, "--study", "late")[0] == 0


def test_the_verb_says_what_is_wrong(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    for words, message in (
        ((run.path, "--study", "pulse"), "expected one of its studies, early, late, got 'pulse'"),
        ((run.path, "--case", "nothing"), "harness: --case: expected an id"),
        ((tmp_path,), "which has no run.json"),
        (("--results", tmp_path / "none"), "expected a run folder in"),
    ):
        code, said, error = ask(*words)
        assert (code, said, error.count("\n")) == (1, "", 1)
        assert message in error
