"""memory: a pass of its own, as often as asked for, that goes on where it was cut and counts no time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import pytest
from msgspec.structs import replace

from harness.declare import Declarations, declare
from harness.errors import HarnessError
from harness.fixtures import Fixtures
from harness.gauges import Gauge
from harness.measure import Clock, Step
from harness.memory import Idle, weigh
from harness.plan import Case
from harness.processes import Finished, Supervisor
from harness.records import Journal, Record
from harness.schedule import History
from harness.summarise import summarise
from tests.samples import MS, add_fixture, case, collated, record
from tests.tree import FAKE, Tree

FAKES = declare(FAKE / "harness")
NEVER = cast("Clock", None)  # a clock that is not asked
MIB = 2**20


class Counting:
    """A gauge that says of a program what its model is told to have, and keeps the command lines."""

    source = "counted"

    def __init__(self, **peaks: int | None) -> None:
        self.peaks = peaks
        self.commands: list[list[str]] = []

    def run(
        self, supervisor: Supervisor, command: list[str], time_limit_s: float
    ) -> tuple[Finished, int | None]:
        self.commands.append(command)
        return supervisor.run(command, time_limit_s), self.peaks.get(command[4])


class Peaks:
    """Peaks that are told one after the other, whatever the model."""

    def __init__(self, told: Sequence[int | None]) -> None:
        self.told = list(told)

    def get(self, _: str) -> int | None:
        return self.told.pop(0)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "records.jsonl")


def ignore(_: Step) -> None:
    """Show nothing."""


def plan(tree: Tree, clock: Clock, *models: str, workload: str = "late") -> list[Case]:
    """Cases that are looked at twice."""
    cases = tree.plan(clock.supervisor, workload=[workload], model=list(models))
    return [replace(each, memory_rounds=2) for each in cases]


def pairs(records: Sequence[Record]) -> list[tuple[int, str]]:
    return [(each.round, each.case) for each in records]


# Through the real gauges.


@pytest.mark.parametrize("source", ["", "pss"])
def test_a_run_is_a_row_with_its_peak_that_of_an_idle_one_and_who_says_so(
    tree: Tree, clock: Clock, journal: Journal, source: str
) -> None:
    weigh(plan(tree, clock, "steady"), FAKES, 1, journal, clock, ignore, source)
    records = journal.read()
    assert [each.round for each in records] == [1, 2]
    for each in records:
        assert (each.phase, each.status, each.result, each.units) == ("memory", "ok", 10, 10)
        assert MIB < (each.peak_bytes or 0) < 30 * MIB
        assert MIB < (each.idle_bytes or 0) < 30 * MIB
        assert (each.elapsed_ns or 0) > 0
        assert (each.wall_ns, each.user_ns, each.metrics) == (None, None, {"pace": 1.0})
        assert each.memory_source == (source or records[0].memory_source) != ""
        assert each.started_at.endswith("+00:00")
    assert {process.pid for process in tree.processes()} == {clock.supervisor.pid}


@pytest.mark.parametrize(
    ("model", "status"),
    [("wrong", "wrong_result"), ("crashing", "crashed"), ("silent", "silent"), ("leaving", "left_behind")],
)
def test_a_fault_is_one_row_with_its_status_and_no_number(
    tree: Tree, clock: Clock, journal: Journal, model: str, status: str
) -> None:
    weigh(plan(tree, clock, model), FAKES, 1, journal, clock, ignore)
    (only,) = journal.read()
    assert (only.phase, only.round, only.status) == ("memory", 1, status)
    assert (only.result, only.peak_bytes, only.idle_bytes) == (None, None, None)
    assert {process.pid for process in tree.processes()} == {clock.supervisor.pid}


def test_nothing_is_tried_where_nothing_is_asked_for(journal: Journal) -> None:
    weigh([case(), case(memory_rounds=3, status="skipped")], FAKES, 1, journal, NEVER, ignore)
    assert journal.read() == []


def test_a_run_goes_on_with_the_gauge_that_it_began_with(
    tree: Tree, clock: Clock, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = plan(tree, clock, "steady")
    weigh(cases, FAKES, 1, journal, clock, ignore, "pss")
    journal.path.write_bytes(journal.path.read_bytes().splitlines(keepends=True)[0])
    weigh(cases, FAKES, 1, journal, clock, ignore)
    assert [each.memory_source for each in journal.read()] == ["pss", "pss"]
    monkeypatch.setattr("harness.gauges.list_gauges", lambda: iter([Counting()]))
    with pytest.raises(HarnessError, match="expected to watch memory by 'pss', it cannot be used here: "):
        weigh([replace(each, memory_rounds=3) for each in cases], FAKES, 1, journal, clock, ignore)


def test_a_fixture_gives_an_argument_and_its_figures_are_recorded(
    tree: Tree, clock: Clock, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = add_fixture(monkeypatch, "echo", "4")
    (steady,) = plan(tree, clock, "steady")
    with Fixtures() as fixtures:
        served = replace(steady, fixtures={"pace": "echo"})
        weigh([served], FAKES, 1, journal, clock._replace(fixtures=fixtures), ignore)
    assert told == ["enter", *["before", "after"] * (3 + 2), "exit"]
    assert [(each.metrics, each.fixture) for each in journal.read()] == [({"pace": 4.0}, {"asked": 7.0})] * 2


# What an idle one has.


def find(
    gauge: Gauge, clock: Clock, cases: Sequence[Case], declarations: Declarations = FAKES
) -> list[int | None]:
    idle = Idle(declarations, clock, gauge)
    return [idle.find(each) for each in cases]


def change_baseline(model: str) -> Declarations:
    fake = FAKES.languages["fake"].model_copy(update={"baseline": model})
    return FAKES.model_copy(update={"languages": {**FAKES.languages, "fake": fake}})


def test_an_idle_one_is_the_baseline_on_the_first_vector_run_three_times_for_all(
    tree: Tree, clock: Clock
) -> None:
    gauge = Counting(sequential=7, steady=100, few=200)
    assert find(gauge, clock, plan(tree, clock, "steady", "few")) == [7, 7]
    words = ["late", "sequential", "--workers", "1", "--limit", "3", "--pace", "1"]
    assert [command[3:] for command in gauge.commands] == [words] * 3


def test_the_median_of_three_is_taken_and_a_run_too_short_to_tell_left_out(
    tree: Tree, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    (steady,) = plan(tree, clock, "steady")
    for told, expected in (([9, 1, 5], 5), ([None, 4, None], 4), ([None] * 3, None)):
        gauge = Counting()
        monkeypatch.setattr(gauge, "peaks", Peaks(told))
        assert Idle(FAKES, clock, gauge)._measure(steady) == expected


def test_where_there_is_no_baseline_it_is_the_case_s_own_model(tree: Tree, clock: Clock) -> None:
    gauge = Counting(sequential=7, steady=100, waiting=200)
    cases = plan(tree, clock, "steady", "waiting", workload="early")
    assert find(gauge, clock, cases, change_baseline("crashing")) == [100, 200]
    models = [command[4] for command in gauge.commands]
    assert models == ["crashing", *["steady"] * 3, *["waiting"] * 3]


def test_where_nothing_does_that_work_nothing_is_known(tree: Tree, clock: Clock) -> None:
    cases = [replace(each, model="silent") for each in plan(tree, clock, "steady", workload="early")]
    assert find(Counting(silent=7), clock, cases, change_baseline("crashing")) == [None]


# Without running anything: `weigh_once` makes up what a run gives.


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> list[Step]:
    """Every run takes 20 ms; returns what is run. The case `f` fails in its second round."""
    steps: list[Step] = []

    def run(step: Step, *_: object) -> Record:
        steps.append(step)
        failed = (step.case.id, step.round) == ("f", 2)
        status = "crashed" if failed else "ok"
        return record(step.case.id, step.round, order=step.order, phase="memory", status=status)

    monkeypatch.setattr("harness.memory.weigh_once", run)
    monkeypatch.setattr("harness.memory.choose_gauge", lambda *_: Counting())
    return steps


CLOCK = Clock(cast("Supervisor", None), cast("Fixtures", None))
CASES = [case(name, memory_rounds=3) for name in "abcdefgh"]


@pytest.mark.usefixtures("made_up")
def test_every_round_has_every_case_once_in_an_order_of_its_own(tmp_path: Path) -> None:
    journals = [Journal(tmp_path / name) for name in "abc"]
    cases = [each for each in CASES if each.id != "f"]
    for journal, seed in zip(journals, (7, 7, 8), strict=True):
        weigh(cases, FAKES, seed, journal, CLOCK, ignore)
    first, second, other = (pairs(journal.read()) for journal in journals)
    assert first == second != other
    assert sorted(first) == sorted(other) == [(number, name) for number in (1, 2, 3) for name in "abcdegh"]
    assert len({tuple(name for at, name in first if at == number) for number in (1, 2, 3)}) == 3


@pytest.mark.usefixtures("made_up")
def test_a_case_has_as_many_rounds_as_it_asks_for(journal: Journal) -> None:
    cases = [case(name, memory_rounds=rounds) for name, rounds in (("a", 0), ("b", 1), ("c", 3))]
    weigh(cases, FAKES, 7, journal, CLOCK, ignore)
    assert sorted(pairs(journal.read())) == [(1, "b"), (1, "c"), (2, "c"), (3, "c")]


@pytest.mark.usefixtures("made_up")
def test_what_failed_in_either_phase_or_is_not_planned_is_not_run_again(journal: Journal) -> None:
    journal.append(record("a", 1, status="crashed", elapsed_ns=None))
    journal.append(record("b", 1))
    cases = [case(name, memory_rounds=3) for name in "abf"]
    weigh([*cases, case("c", memory_rounds=3, status="missing")], FAKES, 7, journal, CLOCK, ignore)
    watched = [each for each in journal.read() if each.phase == "memory"]
    assert sorted(pairs(watched)) == [(1, "b"), (1, "f"), (2, "b"), (2, "f"), (3, "b")]


@pytest.mark.parametrize("cut", [0, 1, 7, 8, 9, 15, 16, 17, 22, 23])
def test_a_pass_that_was_cut_goes_on_as_if_it_had_not_been(
    made_up: list[Step], tmp_path: Path, cut: int
) -> None:
    whole, part = Journal(tmp_path / "whole"), Journal(tmp_path / "part")
    weigh(CASES, FAKES, 7, whole, CLOCK, ignore)
    lines = whole.path.read_bytes().splitlines(keepends=True)
    assert len(lines) == 23
    part.path.write_bytes(b"".join(lines[:cut]))
    made_up.clear()
    weigh(CASES, FAKES, 7, part, CLOCK, ignore)
    assert len(made_up) == 23 - cut
    assert part.path.read_bytes() == whole.path.read_bytes()


def test_progress_tells_place_and_time_left_before_each_run(made_up: list[Step], journal: Journal) -> None:
    seen: list[Step] = []
    weigh([case(name, memory_rounds=2) for name in "ab"], FAKES, 7, journal, CLOCK, seen.append)
    assert seen == made_up
    assert [(step.phase, step.round, step.order, step.size) for step in seen] == [
        ("memory", 1, 1, 2),
        ("memory", 1, 2, 2),
        ("memory", 2, 1, 2),
        ("memory", 2, 2, 2),
    ]
    assert [step.spent_ns / MS for step in seen] == [0, 20, 40, 60]
    assert [step.left_ns / MS for step in seen] == [math.inf, math.inf, 40, 20]


@pytest.mark.usefixtures("made_up")
def test_what_a_case_takes_is_predicted_from_its_timed_runs(journal: Journal) -> None:
    seen: list[Step] = []
    journal.append(record("a", 1, took_ns=30 * MS))
    weigh([case("a", memory_rounds=2)], FAKES, 7, journal, CLOCK, seen.append)
    assert [step.left_ns / MS for step in seen] == [60, 20]


# What counts.


def test_no_time_of_this_pass_counts() -> None:
    timed = [record(number=number, elapsed_ms=10) for number in (1, 2)]
    watched = [record(number=number, elapsed_ms=99, phase="memory") for number in (1, 2, 3)]
    both, alone = History([*timed, *watched]), History(timed)
    assert (both.elapsed_ns, both.done, both.spent_ns) == (alone.elapsed_ns, alone.done, alone.spent_ns)
    (row,) = summarise([case()], collated([case()], [*timed, *watched]), {"cpu": 0.02}).to_dict("records")
    assert (row["elapsed_ns_median"], row["rounds"], row["memory_rounds"]) == (10 * MS, 2, 3)


def test_the_table_has_medians_and_what_the_work_alone_took() -> None:
    sizes = {"idle_bytes": 4 * MIB, "memory_source": "cgroup", "phase": "memory"}
    records = [
        record("steady", number, 1, **cast("dict[str, str]", {**sizes, "peak_bytes": peak * MIB}))
        for number, peak in ((1, 9), (2, 7), (3, 8))
    ]
    (row,) = summarise([case(timed=False)], collated([case()], records), {"cpu": 0.02}).to_dict("records")
    assert (row["status"], row["rounds"], row["memory_rounds"], row["memory_source"]) == (
        "ok",
        0,
        3,
        "cgroup",
    )
    assert (row["peak_bytes_low"], row["peak_bytes_median"], row["peak_bytes_high"]) == (
        7 * MIB,
        8 * MIB,
        9 * MIB,
    )
    assert (row["idle_bytes_median"], row["work_bytes_median"]) == (4 * MIB, 4 * MIB)
