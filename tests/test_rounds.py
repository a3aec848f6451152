"""rounds: in random order through hyperfine; a record a run, and none for what is done, failed or not the run's."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from harness.errors import HarnessError
from harness.machine.probe import Probe
from harness.plan.cases import Use
from harness.run import rounds as rounds_module
from harness.run.attempt import Bench, Step, Way
from harness.run.hyperfine import Hyperfine
from harness.run.rounds import Rounds, Seen
from harness.store.folder import Plan, StudyFolder
from harness.store.records import Record
from tests.samples import EFFORT, FAKES, MS, add_fixture, case, plan, record, session, write_study
from tests.tree import Tree

TWICE = replace(EFFORT, ceiling=2)

# What becomes of the fakes of the workload `late`, that is of faults that show only in what is timed.
FATES = {
    "wrong": ("wrong_result", "expected 10, got -1"),
    "few": ("wrong_units", "expected 10 units, got 1"),
    "hasty": ("malformed", "expected elapsed_ns of at least 100, got 1"),
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


def ignore(_: Seen) -> None:
    """Show nothing."""


def time_runs(tree: Tree, bench: Bench, of: Plan) -> StudyFolder:
    """Measure with the real hyperfine."""
    folder = write_study(tree.results, of)
    Rounds(folder, of, bench, Hyperfine(bench.supervisor, cwd=tree.root).run).run(of.effort.ceiling, ignore)
    return folder


def pairs(records: Sequence[Record]) -> list[tuple[int, str]]:
    return [(each.round, each.case) for each in records]


# Through the real hyperfine.


def test_a_fault_is_one_row_with_its_status_and_no_number_and_the_round_goes_on(
    tree: Tree, bench: Bench
) -> None:
    cases = [replace(each, id=each.model) for each in tree.list_cases(bench.supervisor, "late", *FATES)]
    cases = [replace(each, time_limit_s=0.5) if each.model == "hanging" else each for each in cases]
    folder = time_runs(tree, bench, plan([*cases, case("steady")], effort=TWICE))
    records = folder.journal.read()
    assert sorted(pairs(records)) == sorted([*((1, name) for name in FATES), (1, "steady"), (2, "steady")])
    for each in records:
        status, reason = FATES.get(each.case, ("ok", ""))
        assert (each.case, each.status) == (each.case, status)
        assert reason in each.reason
        if status != "ok":
            assert (each.result, each.completed, each.elapsed_ns, each.metrics) == (None, None, None, {})
            assert each.took_ns > 0
    assert bench.supervisor.pid in {process.pid for process in tree.processes()}
    assert {process.name() for process in tree.processes()} <= {"python", "python3", "python3.11"}


def test_a_good_run_is_a_row_with_all_its_numbers(tree: Tree, bench: Bench) -> None:
    records = time_runs(tree, bench, plan(effort=TWICE)).journal.read()
    assert pairs(records) == [(1, "steady"), (2, "steady")]
    for each in records:
        assert (each.status, each.reason, each.result, each.completed) == ("ok", "", 10, 10)
        assert (each.session, each.repeat, each.phase) == (1, 1, "time")
        assert (each.metrics, each.fixture, each.series) == ({"tempo": 1.0}, {}, {})
        assert 0 < (each.elapsed_ns or 0) < (each.wall_ns or 0) < each.took_ns
        assert (each.user_ns or 0) + (each.system_ns or 0) > 0
        assert each.started_at.endswith("+00:00")


def test_a_runner_that_has_gone_since_is_a_row(tree: Tree, bench: Bench) -> None:
    (tree.root / "bin" / "python").unlink()
    (only,) = time_runs(tree, bench, plan(effort=TWICE)).journal.read()
    assert (only.status, only.reason) == ("missing", "bin/python: not there, or not a program")


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (("hyperfoe",), "hyperfoe: No such file or directory: run 'make doctor'"),
        (("sh", "-c", "kill -KILL $$"), "hyperfine was ended by SIGKILL"),
        (("sh", "-c", "echo no room >&2; exit 1"), "hyperfine could not time a run: no room"),
        (("true",), "expected figures from hyperfine, got none: .*: is the disk full"),
    ],
)
def test_hyperfine_s_own_trouble_writes_no_record(
    tree: Tree, bench: Bench, program: tuple[str, ...], message: str
) -> None:
    folder = write_study(tree.results, plan())
    with pytest.raises(HarnessError, match=message):
        Rounds(folder, plan(), bench, Hyperfine(bench.supervisor, program, tree.root).run).run(2, ignore)
    assert folder.journal.read() == []


# Fixtures.

SERVED = [case(name, model="steady", fixtures=[Use("echo", "pace", {"files": 4})]) for name in "ab"]


def test_a_fixture_gives_an_argument_and_its_figures_are_recorded(
    tree: Tree, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = add_fixture(monkeypatch, "echo", "4")
    records = time_runs(tree, bench, plan(SERVED[:1], effort=TWICE)).journal.read()
    assert told == ["files=4", "enter", "before", "after", "before", "after"]
    assert [(each.metrics, each.fixture) for each in records] == [({"tempo": 4.0}, {"echo_asked": 7.0})] * 2


@pytest.mark.parametrize("moment", ["enter", "before", "after"])
def test_a_fixture_that_fails_makes_one_row_and_is_started_anew(
    tree: Tree, bench: Bench, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    told = add_fixture(monkeypatch, "echo", "4", fails=[moment])
    first, *others = time_runs(tree, bench, plan(SERVED, effort=TWICE)).journal.read()
    assert (first.status, first.reason) == ("unserved", f"echo: no {moment}")
    assert (first.elapsed_ns, first.wall_ns, first.fixture) == (None, None, {})
    assert {each.case for each in others} == {"a", "b"} - {first.case}
    assert [each.status for each in others] == ["ok", "ok"]
    assert told.count("enter") == 2
    assert told.count("exit") == (moment != "enter")


def test_a_fixture_that_cannot_even_end_does_not_end_the_run(
    tree: Tree, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_fixture(monkeypatch, "echo", "4", fails=["after", "exit"])
    records = time_runs(tree, bench, plan(SERVED, effort=TWICE)).journal.read()
    assert [each.status for each in records] == ["unserved", "ok", "ok"]


# Without running anything: `record_attempt` makes up what a run gives.

NOBODY: Any = None  # is not asked
BENCH = Bench(NOBODY, NOBODY, FAKES.workloads, {}, 2)
CASES = [case(name) for name in "abcdefgh"]


class MadeUp:
    """Every run takes 20 ms, and the time of its case grows from round to round; keeps what is run."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.failing: set[tuple[str, int]] = set()
        self.breaks_at = 0
        """At which run there is trouble that is not the run's."""

    def __call__(self, step: Step, _: Bench, __: Way) -> Record:
        if self.breaks_at and len(self.steps) == self.breaks_at - 1:
            raise HarnessError("no room")
        self.steps.append(step)
        failed = (step.case.id, step.round) in self.failing
        return record(
            step.case.id,
            step.round,
            10 * step.round,
            order=step.order,
            repeat=step.repeat,
            session=step.session,
            status="failed" if failed else "ok",
        )


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> MadeUp:
    made_up = MadeUp()
    monkeypatch.setattr(rounds_module, "record_attempt", made_up)
    monkeypatch.setattr(rounds_module, "is_built", lambda _: False)
    return made_up


def measure(
    results: Path, of: Plan, records: Sequence[Record] = (), *, last: int | None = None
) -> StudyFolder:
    folder = write_study(results, of, records)
    Rounds(folder, of, BENCH, NOBODY).run(last or of.effort.ceiling, ignore)
    return folder


def with_session(of: Plan, **changes: float) -> Plan:
    return replace(of, sessions=[session(1, **changes)])


@pytest.mark.usefixtures("made_up")
def test_the_same_seed_gives_the_same_order_and_another_seed_another(tmp_path: Path) -> None:
    made = [
        pairs(measure(tmp_path / name, with_session(plan(CASES), seed=seed)).journal.read())
        for name, seed in (("a", 7), ("b", 7), ("c", 8))
    ]
    assert made[0] == made[1] != made[2]
    assert sorted(made[0]) == sorted(made[2])


@pytest.mark.usefixtures("made_up")
def test_every_round_has_every_case_once_in_an_order_of_its_own(tmp_path: Path) -> None:
    records = measure(tmp_path, plan(CASES)).journal.read()
    by_round = [[each for each in records if each.round == number] for number in (1, 2, 3, 4)]
    assert all(sorted(each.case for each in mine) == list("abcdefgh") for mine in by_round)
    assert all([each.order for each in mine] == list(range(1, 9)) for mine in by_round)
    assert len({tuple(each.case for each in mine) for mine in by_round}) == 4


@pytest.mark.usefixtures("made_up")
@pytest.mark.parametrize(("count", "repeats"), [(1, 2), (4, 2), (5, 3), (8, 3), (9, 4)])
def test_what_others_are_compared_with_is_run_before_between_and_after_them(
    tmp_path: Path, count: int, repeats: int
) -> None:
    others = [case(f"other{number}") for number in range(count)]
    of = plan([case("base"), *others], [(each.id, "base") for each in others], effort=TWICE)
    for number in (1, 2):
        mine = [each for each in measure(tmp_path, of).journal.read() if each.round == number]
        bases = [place for place, each in enumerate(mine) if each.case == "base"]
        assert [mine[place].repeat for place in bases] == list(range(1, repeats + 1))
        assert (bases[0], bases[-1]) == (0, len(mine) - 1)
        assert all(after - before <= 5 for before, after in itertools.pairwise(bases))
        assert Counter(each.case for each in mine if each.case != "base") == {each.id: 1 for each in others}


@pytest.mark.usefixtures("made_up")
def test_families_stay_together(tmp_path: Path) -> None:
    cases = [case(name) for name in ("a", "a1", "a2", "b", "b1", "b2")]
    compared = [(each.id, each.id[0]) for each in cases if len(each.id) > 1]
    for each in range(1, 3):
        records = measure(tmp_path, plan(cases, compared, effort=TWICE)).journal.read()
        families = [record.case[0] for record in records if record.round == each]
        assert families in (["a"] * 4 + ["b"] * 4, ["b"] * 4 + ["a"] * 4)


@pytest.mark.usefixtures("made_up")
@pytest.mark.parametrize(
    ("budget_ms", "runs"), [(1, 8), (159, 8), (160, 8), (180, 9), (319, 15), (320, 16), (360, 18), (640, 32)]
)
def test_the_first_round_is_finished_and_then_the_budget_is_kept(
    tmp_path: Path, budget_ms: float, runs: int
) -> None:
    of = with_session(plan(CASES), budget_s=budget_ms / 1000)
    assert len(measure(tmp_path, of).journal.read()) == runs


@pytest.mark.usefixtures("made_up")
@pytest.mark.parametrize("budget_ms", [400, 460, 480, 500, 600])
def test_all_reach_the_floor_before_any_gets_more(tmp_path: Path, budget_ms: float) -> None:
    of = with_session(plan(CASES, effort=replace(EFFORT, floor=3)), budget_s=budget_ms / 1000)
    counts = Counter(each.case for each in measure(tmp_path, of).journal.read())
    assert max(counts.values()) <= 3 or min(counts.values()) >= 3
    assert sum(counts.values()) == budget_ms / 20


def test_another_phase_is_paid_from_the_same_budget(made_up: MadeUp, tmp_path: Path) -> None:
    of = with_session(plan(CASES), budget_s=0.5)
    rounds = Rounds(write_study(tmp_path, of), of, BENCH, NOBODY)
    rounds.run(2, ignore)
    assert len(made_up.steps) == 16
    rounds.spend(100 * MS)
    rounds.run(4, ignore)
    assert len(made_up.steps) == 20
    spent = record("a", 1, phase="memory", peak_bytes=1, took_ns=100 * MS)
    folder = write_study(tmp_path / "again", of, [spent])
    Rounds(folder, of, BENCH, NOBODY).run(4, ignore)
    assert len(folder.journal.read()) == 1 + 20


@pytest.mark.usefixtures("made_up")
@pytest.mark.parametrize(
    ("budget_s", "runs", "cut"),
    [
        *((3600, 47, cut) for cut in (0, 1, 12, 13, 14, 25, 46, 47)),
        *((0.6, 30, cut) for cut in (15, 25, 26, 27, 29)),  # the third round has but a part of the cases
    ],
)
def test_a_run_that_was_cut_goes_on_as_if_it_had_not_been(
    made_up: MadeUp, tmp_path: Path, budget_s: float, runs: int, cut: int
) -> None:
    of = plan([case("base"), *CASES, case("x"), case("y")], [(each.id, "base") for each in CASES])
    made_up.failing = {("c", 1), ("x", 2)}
    of = with_session(of, budget_s=budget_s)
    whole = measure(tmp_path / "whole", of).journal
    records = whole.read()
    assert len(records) == runs
    made_up.steps.clear()
    part = measure(tmp_path / "part", of, records[:cut]).journal
    assert len(made_up.steps) == len(records) - cut
    assert part.path.read_bytes() == whole.path.read_bytes()


@pytest.mark.usefixtures("made_up")
def test_a_failure_is_not_run_again_in_the_session(made_up: MadeUp, tmp_path: Path) -> None:
    made_up.failing = {("c", 1), ("d", 2)}
    counts = Counter(each.case for each in measure(tmp_path, plan(CASES)).journal.read())
    assert counts == {name: {"c": 1, "d": 2}.get(name, 4) for name in "abcdefgh"}


def test_trouble_that_is_not_the_run_s_is_run_again(made_up: MadeUp, tmp_path: Path) -> None:
    whole = measure(tmp_path / "whole", plan(CASES)).journal
    made_up.steps.clear()
    made_up.breaks_at = 5
    folder = write_study(tmp_path / "part", plan(CASES))
    with pytest.raises(HarnessError, match="no room"):
        Rounds(folder, plan(CASES), BENCH, NOBODY).run(4, ignore)
    assert len(folder.journal.read()) == 4
    made_up.breaks_at = 0
    Rounds(folder, plan(CASES), BENCH, NOBODY).run(4, ignore)
    assert folder.journal.path.read_bytes() == whole.path.read_bytes()


def test_what_is_not_planned_is_not_run(made_up: MadeUp, tmp_path: Path) -> None:
    cases = [case("a"), case("b", status="skipped"), case("c", status="wrong_result")]
    measure(tmp_path, plan(cases, effort=TWICE))
    assert [step.case.id for step in made_up.steps] == ["a", "a"]


def test_a_second_session_has_rounds_of_its_own(made_up: MadeUp, tmp_path: Path) -> None:
    first = measure(tmp_path, plan(CASES)).journal.read()
    made_up.steps.clear()
    of = replace(plan(CASES), sessions=[session(ended_at="2026"), session(2, seed=8)])
    records = measure(tmp_path, of, first).journal.read()
    assert records[: len(first)] == first
    assert {each.session for each in records[len(first) :]} == {2}
    assert [each.round for each in records[len(first) :]] == [each.round for each in first]


def test_a_session_that_has_ended_is_not_gone_on_with(tmp_path: Path) -> None:
    of = replace(plan(), sessions=[session(ended_at="2026")])
    with pytest.raises(HarnessError, match="expected a session under way, every one has ended"):
        Rounds(write_study(tmp_path, of), of, BENCH, NOBODY)


def test_progress_tells_place_and_time_spent_before_each_run(made_up: MadeUp, tmp_path: Path) -> None:
    seen: list[Seen] = []
    of = with_session(plan(CASES[:2], effort=TWICE), budget_s=60.0)
    Rounds(write_study(tmp_path, of), of, BENCH, NOBODY).run(2, seen.append)
    assert [each.step for each in seen] == made_up.steps
    assert [(each.study, each.step.round, each.step.order, each.size) for each in seen] == [
        ("late", number, order, 2) for number in (1, 2) for order in (1, 2)
    ]
    assert [each.spent_s for each in seen] == pytest.approx([0, 0.02, 0.04, 0.06])
    assert {each.budget_s for each in seen} == {60.0}


# The probe of the machine.


class FakeProber:
    """Finds what it is told."""

    def __init__(self, _: object) -> None:
        pass

    def take(self) -> Probe:
        return Probe(at=NOBODY, elapsed_ns=5 * MS, steal_ns=None, busy_ns=None)


@pytest.mark.parametrize(("every_s", "looks"), [(0.0, 4), (3600.0, 1)])
def test_the_machine_is_looked_at_between_runs_now_and_then(
    made_up: MadeUp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, every_s: float, looks: int
) -> None:
    monkeypatch.setattr(rounds_module, "is_built", lambda _: True)
    monkeypatch.setattr(rounds_module, "Prober", FakeProber)
    monkeypatch.setattr(rounds_module, "LOOK_EVERY_S", every_s)
    found = measure(tmp_path, plan(CASES[:2], effort=TWICE)).probes.read()
    places = [(step.round, step.order) for step in made_up.steps][:looks]
    assert [(each.round, each.order) for each in found] == places
    assert {(each.session, each.elapsed_ns, each.steal_ns) for each in found} == {(1, 5 * MS, 0)}
