"""Killed or stopped at any point: no process is left, no record is torn, and the run can be resumed."""

from __future__ import annotations

import signal
from collections.abc import Callable

import pytest

from tests.test_gauges import find_groups
from tests.tree import Gate, Harness, Tree, hold_gate, wait_until

RUN = ("all", "--quick", "--seed", "7", "--language", "fake", "--workload", "late")
MODELS = ("--model", "sequential", "--model", "steady", "--model", "waiting")
VERIFICATION = ("all", "--quick", "--language", "fake", "--workload", "early", "--model", "waiting")


def start(tree: Tree, gate: Gate, rounds: int) -> Harness:
    """Start a run and let it come to where `waiting` is timed for that many times."""
    harness = tree.start(*RUN, *MODELS)
    for _ in range(rounds - 1):
        gate.await_run(harness)
        gate.open()
    gate.await_run(harness)
    assert len(tree.processes()) == 4, "the harness, its supervisor, hyperfine and the runner"
    return harness


def assert_nothing_is_left(tree: Tree) -> None:
    wait_until(lambda: not tree.processes())
    assert not tree.leftovers()


def assert_resumed_without_measuring_twice(tree: Tree) -> None:
    """Go on with the run and see that what was there is as it was, and nothing is there twice."""
    before = tree.read_records()
    ended = tree.run("measure", "--resume", str(tree.run_folder))
    assert (ended.code, ended.stderr) == (0, "")
    after = tree.read_records()
    assert after[: len(before)] == before
    rounds = [(each.round, each.case) for each in after]
    assert len(rounds) == len(set(rounds))
    assert [number for number, _ in sorted(rounds)][:6] == [1, 1, 1, 2, 2, 2]


@pytest.mark.parametrize("rounds", [1, 2])
def test_kill_9_loses_at_most_the_run_under_way(tree: Tree, rounds: int) -> None:
    with hold_gate(tree) as gate:
        harness = start(tree, gate, rounds)
        harness.send(signal.SIGKILL)
        assert harness.wait().code == -signal.SIGKILL
        assert_nothing_is_left(tree)
    finished = [each for each in tree.read_records() if "waiting" in each.case]
    assert len(finished) == rounds - 1
    assert_resumed_without_measuring_twice(tree)


@pytest.mark.parametrize(
    "stop",
    [Harness.press_ctrl_c, lambda harness: harness.send(signal.SIGTERM)],
    ids=["Ctrl-C", "SIGTERM"],
)
def test_ctrl_c_stops_writes_what_is_there_and_says_how_to_go_on(
    tree: Tree, stop: Callable[[Harness], None]
) -> None:
    with hold_gate(tree) as gate:
        harness = start(tree, gate, 2)
        stop(harness)
        ended = harness.wait()
        assert_nothing_is_left(tree)
    folder = tree.run_folder.relative_to(tree.root)
    assert ended.code == 130
    assert ended.stderr == f"harness: stopped; what is there is in {folder}: go on with '--resume {folder}'\n"
    assert len((tree.run_folder / "runs.csv").read_text().splitlines()) == 1 + len(tree.read_records())
    assert len((tree.run_folder / "summary.csv").read_text().splitlines()) == 1 + 3
    assert_resumed_without_measuring_twice(tree)


def test_kill_9_before_the_first_run_leaves_nothing_that_looks_verified(tree: Tree) -> None:
    with hold_gate(tree) as gate:
        harness = tree.start(*VERIFICATION)
        gate.await_run(harness)
        harness.send(signal.SIGKILL)
        assert harness.wait().code == -signal.SIGKILL
        assert_nothing_is_left(tree)
    assert not list(tree.results.glob("*/plan.json"))


def test_ctrl_c_before_the_first_run_leaves_no_folder(tree: Tree) -> None:
    with hold_gate(tree) as gate:
        harness = tree.start(*VERIFICATION)
        gate.await_run(harness)
        harness.press_ctrl_c()
        ended = harness.wait()
        assert_nothing_is_left(tree)
    assert (ended.code, ended.stderr) == (130, "harness: stopped\n")
    assert not list(tree.results.iterdir())


def test_a_run_that_was_killed_before_its_skips_were_recorded_has_them_when_resumed(tree: Tree) -> None:
    assert tree.run("measure", *RUN[1:], *MODELS, "--model", "needless").code == 0
    records = tree.run_folder / "records.jsonl"
    whole = tree.read_records()
    records.write_bytes(b"")
    assert tree.run("measure", "--resume", str(tree.run_folder)).code == 0
    assert tree.read_records()[0] == whole[0]
    assert whole[0].status == "skipped"
    assert {each.case for each in tree.read_records()} == {each.case for each in whole}


@pytest.mark.parametrize("timed", [False, True], ids=["memory only", "after the rounds"])
@pytest.mark.parametrize("stop", [Harness.press_ctrl_c, lambda harness: harness.send(signal.SIGKILL)])
def test_the_memory_pass_can_be_stopped_at_any_point_and_resumed(
    tree: Tree, stop: Callable[[Harness], None], timed: bool
) -> None:
    study = tree.root / "harness" / "studies" / "late.toml"
    keys = f'chart = "dots"\ntimed = {str(timed).lower()}\nmemory_rounds = 3\n'
    study.write_text(study.read_text().replace('chart = "dots"\n', keys))
    with hold_gate(tree) as gate:
        harness = tree.start(*RUN, *MODELS)
        gate.await_run(harness)
        while len(below := tree.processes()) == 4:  # hyperfine is among them: a timed run
            gate.open()
            gate.await_run(harness)
        assert len(below) == 3, "the harness, its supervisor and the runner"
        stop(harness)
        ended = harness.wait()
        assert_nothing_is_left(tree)
    assert not [group for process in below for group in find_groups(process.pid)]
    before = tree.read_records()
    assert "waiting" not in [each.case.split("/")[2].split()[0] for each in before if each.phase == "memory"]
    if ended.code != -signal.SIGKILL:
        folder = tree.run_folder.relative_to(tree.root)
        said = f"harness: stopped; what is there is in {folder}: go on with '--resume {folder}'\n"
        assert (ended.code, ended.stderr) == (130, said)
    ended = tree.run("measure", "--resume", str(tree.run_folder))
    assert (ended.code, ended.stderr) == (0, "")
    assert "memory round 1, " in ended.stdout
    after = tree.read_records()
    assert after[: len(before)] == before
    done = [(each.phase, each.round, each.case) for each in after]
    assert len(done) == len(set(done))
    assert sum(phase == "memory" for phase, *_ in done) == 3
    assert any(phase == "time" for phase, *_ in done) == timed
