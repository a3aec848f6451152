"""Killed or stopped at any point: no process is left, no record is torn, and the run can be resumed."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest

from tests.test_gauges import find_groups
from tests.tree import Gate, Harness, Tree, hold_gate, wait_until

RUN = ("all", "--quick", "--seed", "7", "--language", "fake", "--workload", "late")
MODELS = ("--model", "steady", "--model", "waiting")
VERIFICATION = ("all", "--quick", "--language", "fake", "--workload", "early", "--model", "waiting")
ROUND = 4  # runs: the two models, the baseline before and after them

Stop = Callable[[Harness], None]


def send(number: int) -> Stop:
    return lambda harness: harness.send(number)


def close_terminal(harness: Harness) -> None:
    """Do what the end of a terminal does: its whole process group gets SIGHUP."""
    assert harness.process.pid is not None
    os.killpg(harness.process.pid, signal.SIGHUP)


KILL = pytest.param(send(signal.SIGKILL), -signal.SIGKILL, id="kill -9")
STOPS = [
    pytest.param(Harness.press_ctrl_c, 130, id="Ctrl-C"),
    pytest.param(send(signal.SIGTERM), 130, id="SIGTERM"),
    pytest.param(send(signal.SIGHUP), 130, id="SIGHUP"),
    pytest.param(close_terminal, 130, id="SIGHUP to all"),
]


def is_timed(tree: Tree) -> bool:
    """Tell whether the run under way is one under hyperfine."""
    return any("hyperfine" in process.name() for process in tree.processes())


def start(tree: Tree, gate: Gate, rounds: int) -> Harness:
    """Start a run and let it come to where `waiting` is timed for that many times; its vectors do not wait."""
    harness = tree.start(*RUN, *MODELS)
    for _ in range(rounds - 1):
        gate.await_run(harness)
        gate.open()
    gate.await_run(harness)
    assert is_timed(tree)
    return harness


def assert_nothing_is_left(tree: Tree) -> None:
    wait_until(lambda: not tree.processes())
    wait_until(lambda: not tree.leftovers())


def assert_resumed_without_measuring_twice(tree: Tree) -> None:
    """Go on with the run and see that what was there is as it was, and nothing is there twice."""
    before = tree.read_records()
    ended = tree.run("measure", "--resume", str(tree.run_folder))
    assert (ended.code, ended.stderr) == (0, "")
    after = tree.read_records()
    assert after[: len(before)] == before
    runs = [(each.phase, each.round, each.case, each.repeat) for each in after]
    assert len(runs) == len(set(runs))
    assert sorted(each.round for each in after if each.phase == "time") == [
        number for number in range(1, 6) for _ in range(ROUND)
    ]


def spell_stopped(tree: Tree) -> str:
    folder = tree.run_folder.relative_to(tree.root)
    return f"harness: stopped; what is there is in {folder}: go on with '--resume {folder}'\n"


@pytest.mark.parametrize(("stop", "code"), [KILL, *STOPS])
def test_at_most_the_run_under_way_is_lost_and_nothing_is_left_running(
    tree: Tree, stop: Stop, code: int
) -> None:
    with hold_gate(tree) as gate:
        harness = start(tree, gate, 2)
        stop(harness)
        ended = harness.wait()
        assert_nothing_is_left(tree)
    assert ended.code == code
    assert ended.stderr == (spell_stopped(tree) if code == 130 else "")
    finished = [each.round for each in tree.read_records() if "waiting" in each.case]
    assert finished == [1]
    assert not tree.read_plan().sessions[0].ended_at
    assert_resumed_without_measuring_twice(tree)


def test_what_was_stopped_can_be_looked_at(tree: Tree) -> None:
    with hold_gate(tree) as gate:
        harness = start(tree, gate, 2)
        harness.press_ctrl_c()
        assert harness.wait().code == 130
    for verb in ("collate", "summarise", "chart", "report"):
        ended = tree.run(verb)
        assert (ended.code, ended.stderr) == (0, "")


@pytest.mark.parametrize(("stop", "code"), [KILL, STOPS[0]])
def test_stopped_in_the_very_first_run_nothing_is_recorded(tree: Tree, stop: Stop, code: int) -> None:
    with hold_gate(tree) as gate:
        harness = start(tree, gate, 1)
        stop(harness)
        assert harness.wait().code == code
        assert_nothing_is_left(tree)
    assert not [each for each in tree.read_records() if "waiting" in each.case]
    assert_resumed_without_measuring_twice(tree)


@pytest.mark.parametrize(("stop", "code"), [KILL, *STOPS])
def test_stopped_while_it_verifies_it_leaves_no_folder(tree: Tree, stop: Stop, code: int) -> None:
    with hold_gate(tree) as gate:
        harness = tree.start(*VERIFICATION)
        gate.await_run(harness)
        stop(harness)
        ended = harness.wait()
        assert_nothing_is_left(tree)
    assert ended.code == code
    assert ended.stderr == ("harness: stopped\n" if code == 130 else "")
    assert not list(tree.results.glob("*"))


def test_a_killed_hyperfine_is_no_row_and_its_run_is_made_when_resumed(tree: Tree) -> None:
    with hold_gate(tree) as gate:
        harness = start(tree, gate, 2)
        next(each for each in tree.processes() if "hyperfine" in each.name()).kill()
        ended = harness.wait()
        assert_nothing_is_left(tree)
    assert ended.code == 1
    assert ended.stderr == "harness: hyperfine was ended by SIGKILL: find out by whom, then resume\n"
    assert [each.status for each in tree.read_records() if "waiting" in each.case] == ["ok"]
    assert_resumed_without_measuring_twice(tree)


def test_a_killed_runner_is_a_row_and_the_run_goes_on(tree: Tree) -> None:
    with hold_gate(tree) as gate:
        harness = start(tree, gate, 2)
        (runner,) = next(each for each in tree.processes() if "hyperfine" in each.name()).children()
        runner.kill()
        ended = harness.wait()
        assert_nothing_is_left(tree)
    assert ended.code == 1
    rows = [each for each in tree.read_records() if "waiting" in each.case]
    assert [(each.status, each.reason) for each in rows] == [("ok", ""), ("crashed", "ended by SIGKILL")]
    assert max(each.round for each in tree.read_records()) == 5


@pytest.mark.parametrize("timed", [False, True], ids=["memory only", "after the rounds"])
@pytest.mark.parametrize(("stop", "code"), [KILL, STOPS[0]])
def test_the_memory_pass_can_be_stopped_at_any_point_and_resumed(
    tree: Tree, stop: Stop, code: int, timed: bool
) -> None:
    keys = f"order = 2\ntimed = {str(timed).lower()}\nmemory_rounds = 3\n"
    tree.edit("harness/studies/late.toml", "order = 2\n", keys)
    with hold_gate(tree) as gate:
        harness = tree.start(*RUN, *MODELS)
        gate.await_run(harness)
        while is_timed(tree):
            gate.open()
            gate.await_run(harness)
        below = tree.processes()
        stop(harness)
        ended = harness.wait()
        assert_nothing_is_left(tree)
    assert ended.code == code
    assert not [group for process in below for group in find_groups(process.pid)]
    before = tree.read_records()
    assert not [each for each in before if each.phase == "memory" and "waiting" in each.case]
    ended = tree.run("measure", "--resume", str(tree.run_folder))
    assert (ended.code, ended.stderr) == (0, "")
    assert "late: memory round 1, " in ended.stdout
    after = tree.read_records()
    assert after[: len(before)] == before
    done = [(each.phase, each.round, each.case, each.repeat) for each in after]
    assert len(done) == len(set(done))
    assert sum(phase == "memory" for phase, *_ in done) == 3  # one round where it is quick
    assert any(phase == "time" for phase, *_ in done) == timed


def test_a_fixture_ends_with_a_run_that_is_stopped(tree: Tree) -> None:
    tree.edit("harness/studies/pulse.toml", '"steady"]', '"waiting"]')
    with hold_gate(tree) as gate:
        harness = tree.start("measure", "--quick", "--language", "fake", "--study", "pulse")
        gate.await_run(harness)
        harness.press_ctrl_c()
        assert harness.wait().code == 130
        assert_nothing_is_left(tree)
    assert (tree.scratch / "shelf.log").read_text().splitlines()[-1].startswith("exit ")
