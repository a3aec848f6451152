"""export: the timed runs in hyperfine's own format, held against the real one and what its scripts read."""

from __future__ import annotations

import json
import math
import statistics
import subprocess
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pandas as pd
import pytest

from harness.errors import HarnessError
from harness.export import choose_cases, export
from harness.plan import Case
from harness.records import Record
from harness.runs import Run
from harness.stages import write_export, write_tables
from tests.samples import MS, case, collated, record
from tests.test_cli import make_finished
from tests.test_formats import SCHEMA_1, copy_records
from tests.tree import Tree

ALONE = case("sequential", id="alone", workers=1)
STEADY = case("steady", id="two", workers=2)
NEWER = {"memory_usage_byte"}  # since hyperfine 1.19

Json = dict[str, object]


def exported(cases: Sequence[Case], records: Sequence[Record], **choices: object) -> list[Json]:
    """Export, as JSON that is read again."""
    runs = collated(cases, records)
    data = msgspec.json.encode(export(cases, runs, **choices))  # type: ignore[arg-type]
    results: list[Json] = json.loads(data)["results"]
    return results


def ask_hyperfine(folder: Path, *words: str) -> list[Json]:
    """Let the real one write an export."""
    path = folder / "export.json"
    command = ["hyperfine", "-N", "--style", "none", *words, "--export-json", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    results: list[Json] = json.loads(path.read_text())["results"]
    return [{name: value for name, value in result.items() if name not in NEWER} for result in results]


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


def test_results_have_the_keys_and_types_of_the_real_hyperfine(tmp_path: Path) -> None:
    real = ask_hyperfine(tmp_path, "--runs", "2", "--parameter-list", "x", "1,2", "printf {x}")
    mine = exported([ALONE, STEADY], [record(name, n) for name in ("alone", "two") for n in (1, 2)])
    assert len(real) == len(mine) == 2
    assert [describe(each) for each in mine] == [describe(each) for each in real]
    assert list(mine[0]) == list(real[0])


def test_of_one_run_the_deviation_is_null_as_in_the_real_hyperfine(tmp_path: Path) -> None:
    (real,) = ask_hyperfine(tmp_path, "--runs", "1", "--parameter-list", "x", "1", "printf {x}")
    (mine,) = exported([STEADY], [record("two")])
    assert real["stddev"] is None
    assert describe(mine) == describe(real)


def test_without_parameters_there_is_no_such_key_as_in_the_real_hyperfine(tmp_path: Path) -> None:
    (real,) = ask_hyperfine(tmp_path, "--runs", "2", "printf 1")
    other = case("steady", id="other", arguments={"delay_ms": 1})
    _, mine = exported([STEADY, other], [*pair("two"), *pair("other")], parameters=["limit"])[::-1]
    assert "parameters" not in real
    assert describe(mine) == describe(real)


def pair(name: str) -> list[Record]:
    return [record(name, 1), record(name, 2, 12)]


def test_statistics_are_those_of_the_real_hyperfine(tmp_path: Path) -> None:
    """What it makes of its times, we make of the same times."""
    (real,) = ask_hyperfine(tmp_path, "--runs", "5", "sleep 0.001")
    times = real["times"]
    assert isinstance(times, list)
    records = [record("two", n, wall_ns=round(time * 1e9)) for n, time in enumerate(times, 1)]
    (mine,) = exported([STEADY], records)
    for name in ("mean", "stddev", "median", "min", "max", "times"):
        assert mine[name] == pytest.approx(real[name]), name


# What is in it.


def test_times_are_seconds_in_the_order_of_the_rounds() -> None:
    records = [record("two", 3, 30), record("two", 1, 10), record("two", 2, 50)]
    (mine,) = exported([STEADY], records)
    assert mine["times"] == [0.015, 0.055, 0.035]
    assert (mine["min"], mine["median"], mine["max"]) == (0.015, 0.035, 0.055)
    assert mine["mean"] == pytest.approx(0.035)
    assert mine["stddev"] == pytest.approx(0.02)
    assert mine["exit_codes"] == [0, 0, 0]


def test_processor_times_are_means_of_the_whole_process() -> None:
    records = [record("two", 1, user_ns=4 * MS, system_ns=MS), record("two", 2, user_ns=8 * MS)]
    for quantity in ("wall_ns", "elapsed_ns"):
        (mine,) = exported([STEADY], records, quantity=quantity)
        assert (mine["user"], mine["system"]) == (pytest.approx(0.006), pytest.approx(0.002))


def test_the_work_alone_can_be_what_is_called_a_time() -> None:
    (mine,) = exported([STEADY], pair("two"), quantity="elapsed_ns")
    assert mine["times"] == [0.010, 0.012]


def test_a_case_is_named_by_its_id_and_described_by_its_parameters() -> None:
    (mine,) = exported([STEADY], pair("two"))
    assert mine["command"] == "two"
    assert mine["parameters"] == {
        "workload": "late",
        "language": "fake",
        "model": "steady",
        "runtime": "fake-1",
        "workers": "2",
        "limit": "10",
    }


def test_only_good_timed_runs_are_in_it() -> None:
    refused = Record(case="refused", round=0, order=0, status="skipped", reason="because")
    records = [
        refused,
        *pair("two"),
        record("two", 3, status="crashed", wall_ns=None),
        record("two", 1, 99, phase="memory"),
        record("alone", 1, status="wrong_result"),
    ]
    mine = exported([case(id="refused"), ALONE, STEADY], records)
    assert [(each["command"], each["times"]) for each in mine] == [("two", [0.015, 0.017])]


def test_cases_are_in_the_order_of_the_plan() -> None:
    mine = exported([STEADY, ALONE], [*pair("alone"), *pair("two")])
    assert [each["command"] for each in mine] == ["two", "alone"]


def test_cases_are_in_the_order_of_the_parameters_that_are_kept() -> None:
    """As numbers: a line drawn through them does not turn back."""
    counts = (2, 10, 1)
    cases = [case(id=f"x{count}", workers=count) for count in counts]
    mine = exported(cases, [run for each in cases for run in pair(each.id)], parameters=["workers"])
    assert [each["parameters"] for each in mine] == [{"workers": str(count)} for count in (1, 2, 10)]


def test_an_unknown_parameter_is_refused_with_those_there_are() -> None:
    message = "--parameter: expected one of language, limit, model, runtime, workers, workload, got 'speed'"
    with pytest.raises(HarnessError, match=f"^{message}$"):
        exported([STEADY], pair("two"), parameters=["workers", "speed"])


def test_nothing_to_export_is_said() -> None:
    with pytest.raises(HarnessError, match="expected at least one good run to export, got none"):
        exported([STEADY], [record("two", status="crashed")])


def test_cases_are_chosen_by_patterns_of_their_ids() -> None:
    cases = [case(id=name) for name in ("a/b c", "a/b d", "x/b c")]
    assert choose_cases(cases, []) == cases
    assert choose_cases(cases, ["a/*"]) == cases[:2]
    assert choose_cases(cases, ["x/b c", "* c"]) == [cases[0], cases[2]]
    with pytest.raises(HarnessError, match=r"^--case: expected an id .*, got 'b', which no case matches$"):
        choose_cases(cases, ["* c", "b"])


# What hyperfine's scripts read of it (plot_whisker, plot_histogram, plot_progression, plot_parametrized,
# plot_benchmark_comparison, advanced_statistics, welch_ttest).


@pytest.fixture
def real_run(tmp_path: Path) -> Run:
    """A run of this harness, of schema 1, with its tables."""
    run = copy_records(SCHEMA_1, tmp_path / "run")
    write_tables(run)
    return run


def read(path: Path) -> list[Json]:
    results: list[Json] = json.loads(path.read_text(encoding="utf-8"))["results"]
    return results


def test_every_result_has_what_the_scripts_draw(real_run: Run) -> None:
    path, _ = write_export(real_run, [], [], "wall_ns", None)
    assert path == real_run.folder / "hyperfine.json"
    runs = pd.read_csv(real_run.folder / "runs.csv")
    results = read(path)
    assert {each["command"] for each in results} == set(runs.loc[runs["status"] == "ok", "case"])
    for each in results:
        times = each["times"]
        assert isinstance(times, list)
        assert len(times) == 5
        assert all(math.isfinite(time) and 0 < time < 10 for time in times)
        assert each["median"] == statistics.median(times)
        assert isinstance(each["mean"], float)
        assert isinstance(each["stddev"], float)


def test_two_cases_can_be_chosen_as_the_t_test_wants(real_run: Run) -> None:
    path, _ = write_export(real_run, ["primes/python/*"], [], "wall_ns", None)
    names = [each["command"] for each in read(path)]
    assert names == [
        f"primes/python/{name}"
        for name in ("sequential cpython-3.11 workers=1", "threads cpython-3.11 workers=2")
    ]


def test_one_parameter_that_is_a_number_can_be_kept_as_the_plot_wants(real_run: Run) -> None:
    path, _ = write_export(real_run, ["primes/cpp/*"], ["workers"], "elapsed_ns", None)
    found = [each["parameters"] for each in read(path)]
    assert all(isinstance(each, dict) and len(each) == 1 for each in found)
    assert [float(value) for each in found if isinstance(each, dict) for value in each.values()] == [1, 2]


def test_what_is_no_argument_s_name_is_a_number_too(real_run: Run) -> None:
    path, _ = write_export(real_run, [], [], "wall_ns", None)
    for each in read(path):
        parameters = each["parameters"]
        assert isinstance(parameters, dict)
        for name in parameters.keys() - {"workload", "language", "model", "runtime"}:
            assert float(parameters[name]) == int(parameters[name])


# The verb.


def test_the_verb_writes_into_the_run_folder_and_says_where(tree: Tree) -> None:
    folder = make_finished(tree)
    assert tree.run("collate").code == 0
    ended = tree.run("export")
    where = folder.relative_to(tree.root)
    assert (ended.code, ended.stderr) == (0, "")
    assert ended.stdout == f"hyperfine's format: {where}/hyperfine.json: 2 cases, 4 runs\n"
    assert [each["command"] for each in read(folder / "hyperfine.json")] == ["sequential", "steady"]
    assert not list(folder.glob("*.partial"))


def test_the_verb_takes_all_choices(tree: Tree) -> None:
    folder = make_finished(tree)
    assert tree.run("collate").code == 0
    choices = ("--case", "steady", "--case", "seq*", "--parameter", "workers", "--parameter", "limit")
    ended = tree.run("export", str(folder), "--output", "here.json", "--quantity", "elapsed_ns", *choices)
    assert (ended.code, ended.stdout) == (0, "hyperfine's format: here.json: 2 cases, 4 runs\n")
    first, second = read(tree.root / "here.json")
    assert (first["times"], second["times"]) == ([0.021, 0.022], [0.011, 0.012])
    assert first["parameters"] == {"limit": "10", "workers": "1"}
    assert not (folder / "hyperfine.json").exists()


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("--case", "nothing"), 1, "harness: --case: expected an id as in summary.csv"),
        (("--parameter", "speed"), 1, "harness: --parameter: expected one of language, limit, "),
        (("--output", "harness"), 1, "harness: cannot write "),
        (("--quantity", "user_ns"), 2, "'user_ns' is not one of"),
    ],
)
def test_a_choice_that_will_not_do_is_a_message(
    tree: Tree, words: tuple[str, ...], code: int, message: str
) -> None:
    make_finished(tree)
    assert tree.run("collate").code == 0
    ended = tree.run("export", *words)
    assert (ended.code, ended.stdout) == (code, "")
    assert message in ended.stderr


def test_without_tables_the_verb_says_what_comes_before_it(tree: Tree) -> None:
    make_finished(tree)
    ended = tree.run("export")
    assert ended.code == 1
    assert "run 'python -m harness collate' first" in ended.stderr
