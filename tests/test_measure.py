"""measure: rounds in random order through hyperfine; a record a run, and none for what is done or failed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import msgspec
import pytest
from msgspec.structs import replace

from harness.errors import HarnessError
from harness.fixtures import Fixtures
from harness.measure import Clock, Step, measure
from harness.records import Journal, Record
from harness.schedule import Effort
from tests.samples import add_fixture, case, record
from tests.tree import Tree

TWICE = Effort(budget_s=3600, floor=2, ceiling=2, precision={"cpu": 0.02})
NEVER = cast("Clock", None)  # a clock that is not asked

# What becomes of the fakes of the workload `late`, that is of faults that show only in what is timed.
FATES = {
    "wrong": ("wrong_result", "expected 10, got -1"),
    "few": ("wrong_units", "expected 10 units, got 1"),
    "silent": ("silent", "expected one line on standard output, got none"),
    "chatty": ("chatty", "expected one line on standard output, got 2"),
    "babbling": ("malformed", "expected the contract's JSON, got '42'"),
    "impostor": ("malformed", "got one on ('late', 'sequential', 2)"),
    "boasting": ("malformed", f"elapsed {10**15} ns inside a process of "),
    "crashing": ("crashed", "ended by SIGSEGV"),
    "failing": ("failed", "exit status 1: disk on fire"),
    "hanging": ("timeout", "expected an end within 0.5 s, got none; it was killed"),
    "leaving": ("left_behind", "1 processes still running; they were killed"),
    "escaping": ("left_behind", "1 processes still running; they were killed"),
}


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "records.jsonl")


def ignore(_: Step) -> None:
    """Show nothing."""


def pairs(records: Sequence[Record]) -> list[tuple[int, str]]:
    return [(each.round, each.case) for each in records]


# Through the real hyperfine.


@pytest.mark.parametrize(("model", "status", "reason"), [(model, *fate) for model, fate in FATES.items()])
def test_a_fault_is_one_row_with_its_status_and_no_number(
    tree: Tree, clock: Clock, journal: Journal, model: str, status: str, reason: str
) -> None:
    cases = tree.plan(clock.supervisor, workload=["late"], model=[model])
    if model == "hanging":
        cases = [msgspec.structs.replace(each, time_limit_s=0.5) for each in cases]
    measure(cases, TWICE, 1, journal, clock, ignore)
    (only,) = journal.read()
    assert (only.round, only.status) == (1, status)
    assert reason in only.reason
    assert (only.result, only.units, only.elapsed_ns, only.metrics) == (None, None, None, {})
    assert only.took_ns > 0
    assert {process.pid for process in tree.processes()} == {clock.supervisor._process.pid}


def test_a_good_run_is_a_row_with_all_its_numbers(tree: Tree, clock: Clock, journal: Journal) -> None:
    cases = tree.plan(clock.supervisor, workload=["late"], model=["steady"])
    measure(cases, TWICE, 1, journal, clock, ignore)
    records = journal.read()
    assert pairs(records) == [(1, cases[0].id), (2, cases[0].id)]
    for each in records:
        assert (each.status, each.reason, each.result, each.units) == ("ok", "", 10, 10)
        assert (each.metrics, each.fixture) == ({"pace": 1.0}, {})
        assert 0 < (each.elapsed_ns or 0) < (each.wall_ns or 0) < each.took_ns
        assert (each.user_ns or 0) + (each.system_ns or 0) > 0
        assert each.started_at.endswith("+00:00")


def test_a_failure_does_not_end_the_round(tree: Tree, clock: Clock, journal: Journal) -> None:
    cases = tree.plan(clock.supervisor, workload=["late"], model=["steady", "crashing", "failing"])
    measure(cases, TWICE, 1, journal, clock, ignore)
    statuses = sorted((each.round, each.status) for each in journal.read())
    assert statuses == [(1, "crashed"), (1, "failed"), (1, "ok"), (2, "ok")]


def test_a_runner_that_has_gone_since_is_a_row(tree: Tree, clock: Clock, journal: Journal) -> None:
    cases = tree.plan(clock.supervisor, workload=["late"], model=["steady"])
    (tree.root / "bin" / "python").unlink()
    measure(cases, TWICE, 1, journal, clock, ignore)
    (only,) = journal.read()
    assert only.status == "failed"
    assert "hyperfine could not run it: " in only.reason
    assert "No such file or directory" in only.reason


def test_without_hyperfine_nothing_is_measured_and_the_remedy_is_said(
    tree: Tree, clock: Clock, journal: Journal
) -> None:
    cases = tree.plan(clock.supervisor, workload=["late"], model=["steady"])
    with pytest.raises(HarnessError, match="hyperfoe: No such file or directory: run 'make doctor'"):
        measure(cases, TWICE, 1, journal, clock._replace(hyperfine="hyperfoe"), ignore)
    assert journal.read() == []


def test_a_fixture_gives_an_argument_and_its_figures_are_recorded(
    tree: Tree, clock: Clock, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = add_fixture(monkeypatch, "echo", "4")
    (steady,) = tree.plan(clock.supervisor, workload=["late"], model=["steady"])
    with Fixtures() as fixtures:
        served = msgspec.structs.replace(steady, fixtures={"pace": "echo"})
        measure([served], TWICE, 1, journal, clock._replace(fixtures=fixtures), ignore)
    assert told == ["enter", "before", "after", "before", "after", "exit"]
    assert [(each.metrics, each.fixture) for each in journal.read()] == [({"pace": 4.0}, {"asked": 7.0})] * 2


# Without running anything: `run_once` makes up what a run gives.


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> list[Step]:
    """Every run takes 20 ms, and the time of its case grows from round to round; returns what is run."""
    steps: list[Step] = []

    def run(step: Step, _: Clock) -> Record:
        steps.append(step)
        return record(step.case.id, step.round, 10 * step.round, order=step.order)

    monkeypatch.setattr("harness.measure.run_once", run)
    return steps


CASES = [case(name) for name in "abcdefgh"]
EFFORT = Effort(budget_s=3600, floor=2, ceiling=4, precision={"cpu": 0.02})


@pytest.mark.usefixtures("made_up")
def test_the_same_seed_gives_the_same_order_and_another_seed_another(tmp_path: Path) -> None:
    journals = [Journal(tmp_path / name) for name in "abc"]
    for journal, seed in zip(journals, (7, 7, 8), strict=True):
        measure(CASES, TWICE, seed, journal, NEVER, ignore)
    first, second, other = (pairs(journal.read()) for journal in journals)
    assert first == second
    assert first != other
    assert sorted(first) == sorted(other)


@pytest.mark.usefixtures("made_up")
def test_every_round_has_every_case_once_in_an_order_of_its_own(journal: Journal) -> None:
    measure(CASES, EFFORT, 7, journal, NEVER, ignore)
    rounds = [[each for each in journal.read() if each.round == number] for number in (1, 2, 3, 4)]
    assert all(sorted(each.case for each in records) == list("abcdefgh") for records in rounds)
    assert all([each.order for each in records] == list(range(1, 9)) for records in rounds)
    assert len({tuple(each.case for each in records) for records in rounds}) == 4


@pytest.mark.usefixtures("made_up")
@pytest.mark.parametrize(
    ("budget_ms", "runs"), [(0, 8), (159, 8), (160, 8), (180, 9), (319, 15), (320, 16), (360, 18)]
)
def test_the_first_round_is_finished_and_then_the_budget_is_kept(
    journal: Journal, budget_ms: float, runs: int
) -> None:
    measure(CASES, replace(EFFORT, budget_s=budget_ms / 1000), 7, journal, NEVER, ignore)
    assert len(journal.read()) == runs


@pytest.mark.parametrize(
    ("budget_s", "runs", "cut"),
    [
        *((3600, 32, cut) for cut in (0, 1, 7, 8, 9, 16, 31, 32)),
        *((0.42, 21, cut) for cut in (15, 16, 17, 18, 20)),  # the third round has but five of the eight
    ],
)
def test_a_run_that_was_cut_goes_on_as_if_it_had_not_been(
    made_up: list[Step], tmp_path: Path, budget_s: float, runs: int, cut: int
) -> None:
    effort = replace(EFFORT, budget_s=budget_s)
    whole, part = Journal(tmp_path / "whole"), Journal(tmp_path / "part")
    measure(CASES, effort, 7, whole, NEVER, ignore)
    lines = whole.path.read_bytes().splitlines(keepends=True)
    assert len(lines) == runs
    part.path.write_bytes(b"".join(lines[:cut]))
    made_up.clear()
    measure(CASES, effort, 7, part, NEVER, ignore)
    assert len(made_up) == runs - cut
    assert part.path.read_bytes() == whole.path.read_bytes()


def test_progress_tells_place_and_time_left_before_each_run(made_up: list[Step], journal: Journal) -> None:
    seen: list[Step] = []
    measure(CASES[:2], TWICE, 7, journal, NEVER, seen.append)
    assert seen == made_up
    assert [(step.round, step.order, step.size) for step in seen] == [
        (1, 1, 2),
        (1, 2, 2),
        (2, 1, 2),
        (2, 2, 2),
    ]
    assert [step.spent_ns / 1e6 for step in seen] == [0, 20, 40, 60]
    assert [step.left_ns / 1e6 for step in seen] == [math.inf, 20, 40, 20]
