"""memory: a pass of its own, as often as asked for, that goes on where it was cut, counts no time and undoes none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from harness.analyse.summarise import summarise
from harness.errors import HarnessError
from harness.plan.cases import Case, Use
from harness.run import memory as memory_module
from harness.run.attempt import Bench, Step
from harness.run.gauges import Gauge
from harness.run.memory import Idle, weigh
from harness.run.processes import Finished, Supervisor
from harness.run.rounds import Seen
from harness.run.schedule import History
from harness.store.folder import Plan, StudyFolder
from harness.store.records import Record
from tests.samples import (
    EFFORT,
    FAKES,
    MS,
    add_fixture,
    case,
    collated,
    plan,
    record,
    session,
    workload,
    write_study,
)
from tests.tree import Tree

MIB = 2**20


class Counting:
    """A gauge that says of a program what its model is told to have, and keeps the command lines."""

    source = "cgroup"

    def __init__(self, peaks: Mapping[str, int | None] | None = None, *told: int | None) -> None:
        self.peaks = peaks or {}
        self.told = list(told)
        """What is told one after the other, whatever the model."""
        self.commands: list[list[str]] = []

    def run(
        self, supervisor: Supervisor, command: list[str], time_limit_s: float
    ) -> tuple[Finished, int | None]:
        self.commands.append(command)
        peak = self.told.pop(0) if self.told else self.peaks.get(command[4])
        return supervisor.run(command, time_limit_s), peak


def ignore(*_: object) -> None:
    """Show, or count, nothing."""


def pairs(records: Sequence[Record]) -> list[tuple[int, str]]:
    return [(each.round, each.case) for each in records]


def watch(
    tree: Tree, bench: Bench, cases: Sequence[Case], *, rounds: int = 2, records: Sequence[Record] = ()
) -> list[Record]:
    """The pass with the real gauges."""
    folder = write_study(tree.results, plan(cases), records)
    weigh(folder, plan(cases), rounds, bench, ignore, ignore)
    return folder.journal.read()


# Through the real gauges.


def test_a_run_is_a_row_with_its_peak_that_of_an_idle_one_and_who_says_so(tree: Tree, bench: Bench) -> None:
    records = watch(tree, bench, [case("steady")])
    assert [each.round for each in records] == [1, 2]
    for each in records:
        assert (each.phase, each.status, each.result, each.completed) == ("memory", "ok", 10, 10)
        assert MIB < (each.peak_bytes or 0) < 30 * MIB
        assert MIB < (each.idle_bytes or 0) < 30 * MIB
        assert (each.elapsed_ns or 0) > 0
        assert (each.wall_ns, each.user_ns, each.metrics) == (None, None, {"tempo": 1.0})
        assert each.memory_source == records[0].memory_source != ""
        assert each.started_at.endswith("+00:00")
    assert not {"hyperfine"} & {process.name() for process in tree.processes()}


def test_a_fault_is_one_row_with_its_status_and_no_number_and_the_pass_goes_on(
    tree: Tree, bench: Bench
) -> None:
    fates = {"wrong": "wrong_result", "crashing": "crashed", "silent": "silent", "leaving": "left_behind"}
    records = watch(tree, bench, [*map(case, fates), case("steady")])
    assert sorted(pairs(records)) == sorted([*((1, name) for name in fates), (1, "steady"), (2, "steady")])
    for each in records:
        assert (each.phase, each.status) == ("memory", fates.get(each.case, "ok"))
        if each.case in fates:
            assert (each.result, each.peak_bytes, each.idle_bytes) == (None, None, None)


def test_a_pass_goes_on_with_the_gauge_that_it_began_with(
    tree: Tree, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = record("steady", phase="memory", peak_bytes=1, memory_source="pss")
    records = watch(tree, bench, [case("steady")], records=[began])
    assert [each.memory_source for each in records] == ["pss", "pss"]
    monkeypatch.setattr("harness.run.gauges.list_gauges", lambda: iter([Counting()]))
    with pytest.raises(HarnessError, match="expected to watch memory by 'pss', it cannot be used here: "):
        watch(tree, bench, [case("steady")], records=[began])


def test_a_fixture_gives_an_argument_and_its_figures_are_recorded(
    tree: Tree, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = add_fixture(monkeypatch, "echo", "4")
    late = workload(fixtures={"echo": {"gives": "pace", "options": {"files": "limit"}}})
    served = case("steady", fixtures=[Use("echo", "pace", {"files": 10})])
    records = watch(tree, bench._replace(workloads={"late": late}), [served])
    idle = ["files=3", "enter", *["before", "after"] * 3]  # the first vector, three times
    assert told == [*idle, "files=10", "enter", *["before", "after"] * 2]
    assert [(each.metrics, each.fixture) for each in records] == [({"tempo": 4.0}, {"echo_asked": 7.0})] * 2


# What an idle one has.


def find(gauge: Gauge, bench: Bench, *models: str, **changes: object) -> list[int | None]:
    idle = Idle(bench, gauge)
    return [idle.find(case(model, **changes)) for model in models]


def test_an_idle_one_is_the_same_model_on_one_worker_and_the_first_vector_run_three_times(
    tree: Tree, bench: Bench
) -> None:
    gauge = Counting({"steady": 100, "waiting": 200})
    assert find(gauge, bench, "steady", "waiting", "steady") == [100, 200, 100]
    for number, model in enumerate(["steady"] * 3 + ["waiting"] * 3):
        words = ["late", model, "--workers", "1", "--limit", "3", "--pace", "1"]
        assert gauge.commands[number][3:] == words
    assert len(gauge.commands) == 6
    assert tree.root.exists()


@pytest.mark.parametrize(("told", "median"), [((9, 1, 5), 5), ((None, 4, None), 4), ((None,) * 3, None)])
def test_the_median_of_three_is_taken_and_a_run_too_short_to_tell_left_out(
    bench: Bench, told: tuple[int | None, ...], median: int | None
) -> None:
    assert find(Counting(None, *told), bench, "steady") == [median]


def test_where_the_program_fails_nothing_is_known(bench: Bench) -> None:
    assert find(Counting({"silent": 7}), bench, "silent", workload="early") == [None]


# Without running anything: `weigh_once` makes up what a run gives.


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> list[Step]:
    """Every run takes 20 ms; returns what is run. The case `f` fails in its second round."""
    steps: list[Step] = []

    def run(step: Step, *_: object) -> Record:
        steps.append(step)
        status = "crashed" if (step.case.id, step.round) == ("f", 2) else "ok"
        place = {"order": step.order, "session": step.session}
        return record(step.case.id, step.round, phase="memory", status=status, memory_source="pss", **place)

    monkeypatch.setattr(memory_module, "weigh_once", run)
    monkeypatch.setattr(memory_module, "choose_gauge", lambda *_: Counting())
    return steps


NOBODY: Any = None  # is not asked
BENCH = Bench(NOBODY, NOBODY, FAKES.workloads, {}, 2)
CASES = [case(name) for name in "abcdefgh"]


def pretend(
    results: Path, of: Plan | None = None, records: Sequence[Record] = (), rounds: int = 3
) -> StudyFolder:
    """The pass, made up."""
    of = of or plan(CASES)
    folder = write_study(results, of, records)
    weigh(folder, of, rounds, BENCH, ignore, ignore)
    return folder


@pytest.mark.usefixtures("made_up")
def test_every_round_has_every_case_once_in_an_order_of_its_own(tmp_path: Path) -> None:
    cases = [each for each in CASES if each.id != "f"]
    first, second, other = (
        pairs(pretend(tmp_path / name, replace(plan(cases), sessions=[session(seed=seed)])).journal.read())
        for name, seed in (("a", 7), ("b", 7), ("c", 8))
    )
    assert first == second != other
    assert sorted(first) == sorted(other) == [(number, name) for number in (1, 2, 3) for name in "abcdegh"]
    assert len({tuple(name for at, name in first if at == number) for number in (1, 2, 3)}) == 3


@pytest.mark.usefixtures("made_up")
def test_what_failed_in_either_phase_or_is_not_planned_is_not_run_again(tmp_path: Path) -> None:
    before = [record("a", status="crashed", elapsed_ns=None), record("b")]
    cases = [*map(case, "abf"), case("c", status="missing")]
    records = pretend(tmp_path, plan(cases), before).journal.read()
    assert records[:2] == before
    assert sorted(pairs(records[2:])) == [(1, "b"), (1, "f"), (2, "b"), (2, "f"), (3, "b")]


def test_a_second_session_is_weighed_anew(made_up: list[Step], tmp_path: Path) -> None:
    first = pretend(tmp_path).journal.read()
    made_up.clear()
    two = replace(plan(CASES), sessions=[session(ended_at="2026"), session(2, seed=8)])
    records = pretend(tmp_path, two, first).journal.read()
    assert records[: len(first)] == first
    assert len(records) == 2 * len(first)
    assert {step.session for step in made_up} == {2}


@pytest.mark.parametrize("cut", [0, 1, 7, 8, 9, 15, 16, 17, 22, 23])
def test_a_pass_that_was_cut_goes_on_as_if_it_had_not_been(
    made_up: list[Step], tmp_path: Path, cut: int
) -> None:
    whole = pretend(tmp_path / "whole").journal
    records = whole.read()
    assert len(records) == 23
    made_up.clear()
    part = pretend(tmp_path / "part", records=records[:cut]).journal
    assert len(made_up) == 23 - cut
    assert part.path.read_bytes() == whole.path.read_bytes()


def test_progress_and_what_it_took_are_told(made_up: list[Step], tmp_path: Path) -> None:
    seen: list[Seen] = []
    spent: list[int] = []
    of = plan(CASES[:2])
    folder = write_study(tmp_path, of, [record("a", took_ns=30 * MS)])
    weigh(folder, of, 2, BENCH, seen.append, spent.append)
    assert [each.step for each in seen] == made_up
    assert [(each.step.phase, each.step.round, each.step.order, each.size) for each in seen] == [
        ("memory", number, order, 2) for number in (1, 2) for order in (1, 2)
    ]
    assert [each.spent_s for each in seen] == pytest.approx([0.03, 0.05, 0.07, 0.09])
    assert spent == [20 * MS] * 4


# What counts.


def test_no_time_of_this_pass_counts() -> None:
    timed = [record(number=number, elapsed_ms=10) for number in (1, 2)]
    watched = [record(number=number, elapsed_ms=99, phase="memory") for number in (1, 2, 3)]
    history = History(plan(), FAKES.workloads)
    assert history.phase == "time"
    table = collated([case()], [*timed, *watched])
    (row,) = summarise([case()], table, FAKES.workloads, EFFORT).to_dict("records")
    assert (row["timed_rounds"], row["memory_rounds"]) == (2, 3)
    assert row["elapsed_ns_median"] == 10 * MS


def test_a_failure_of_this_pass_does_not_undo_good_times() -> None:
    timed = [record(number=number) for number in (1, 2)]
    watched = [record(phase="memory", status="crashed", reason="ended by SIGSEGV", elapsed_ns=None)]
    table = collated([case()], [*timed, *watched])
    (row,) = summarise([case()], table, FAKES.workloads, EFFORT).to_dict("records")
    assert (row["status"], row["timed_rounds"], row["elapsed_ns_median"]) == ("ok", 2, 10 * MS)


def test_a_failure_of_this_pass_is_one_where_nothing_is_timed() -> None:
    watched = [record(phase="memory", status="crashed", reason="ended by SIGSEGV", elapsed_ns=None)]
    (row,) = summarise([case()], collated([case()], watched), FAKES.workloads, EFFORT).to_dict("records")
    assert (row["status"], row["reason"]) == ("crashed", "ended by SIGSEGV")


def test_the_table_has_medians_and_what_the_work_alone_took() -> None:
    sizes = {"idle_bytes": 4 * MIB, "memory_source": "cgroup", "phase": "memory"}
    records = [
        record("steady", number, 1, peak_bytes=peak * MIB, **sizes)
        for number, peak in ((1, 9), (2, 7), (3, 8))
    ]
    (row,) = summarise([case()], collated([case()], records), FAKES.workloads, EFFORT).to_dict("records")
    assert (row["status"], row["timed_rounds"], row["memory_rounds"]) == ("ok", 0, 3)
    assert [row[f"peak_bytes_{end}"] for end in ("low", "median", "high")] == [7 * MIB, 8 * MIB, 9 * MIB]
    assert (row["idle_bytes_median"], row["work_bytes_median"]) == (4 * MIB, 4 * MIB)
