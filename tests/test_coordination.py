"""Workloads whose units do nothing but coordinate: what they give, counted otherwise, and how they fail."""

from __future__ import annotations

import json
import re
import resource
import subprocess
from itertools import cycle, islice

import pytest

from harness.paths import ROOT
from tests.runners import FLAVOURS, PROGRAMS, TIME_LIMIT_S, TYPICAL, Program

PLAIN = [each for each in PROGRAMS if each.command[0] not in FLAVOURS]
RING = 503
BESIDE = ("--producers", "2", "--consumers", "3", "--capacity", "4", "--workers")
THREADS_FIT = 3
"""How many threads the limits below allow: fewer than the least that is there at once in what is run."""
LIMITS = {resource.RLIMIT_AS: 1 << 32, resource.RLIMIT_STACK: 1 << 30}
"""Each thread reserves a stack as large as the second; what is left is enough for all else."""


def choose(workload: str, *models: str) -> list[tuple[Program, str]]:
    """List the plain implementations of a workload, as built and on every Python, but no sanitizer."""
    return [
        (program, model)
        for program, name, model in TYPICAL
        if name == workload and (model in models or not models) and program in PLAIN
    ]


def name(value: object) -> str:
    return value.name if isinstance(value, Program) else str(value)


def count(program: Program, *words: str) -> tuple[int, int]:
    """Run an implementation; return its result and its units."""
    finished = program.run(*words)
    said = re.sub(
        "^Executing <.* seconds\n", "", finished.stderr, flags=re.MULTILINE
    )  # asyncio's: it was slow
    assert (finished.returncode, said) == (0, "")
    line = json.loads(finished.stdout)
    return line["result"], line["units"]


def run_limited(program: Program, limits: dict[int, int], *words: str) -> subprocess.CompletedProcess[str]:
    """Run a program that is allowed no more than the limits say."""

    def limit() -> None:
        for each, value in limits.items():
            resource.setrlimit(each, (value, resource.getrlimit(each)[1]))

    return subprocess.run(
        [*program.command, *words], cwd=ROOT, capture_output=True, text=True, check=False,
        timeout=TIME_LIMIT_S, preexec_fn=limit,
    )  # fmt: skip


def check_failure(finished: subprocess.CompletedProcess[str], said: str) -> None:
    assert (finished.returncode, finished.stdout) == (1, "")
    assert finished.stderr.startswith(f"runner: {said}")
    assert finished.stderr.count("\n") == 1


@pytest.mark.parametrize(("program", "model"), choose("spawn"), ids=name)
@pytest.mark.parametrize("depth", [0, 1, 2])
def test_a_tree_counted_level_by_level(program: Program, model: str, depth: int) -> None:
    levels = [[0]]
    for _ in range(depth):
        levels.append([10 * ordinal + child for ordinal in levels[-1] for child in range(10)])
    expected = sum(levels[-1]), sum(map(len, levels))
    assert count(program, "spawn", model, "--depth", str(depth)) == expected


@pytest.mark.parametrize(("program", "model"), choose("channel"), ids=name)
def test_numbers_added_up_one_by_one(program: Program, model: str) -> None:
    workers = "1" if model == "sequential" else "5"
    for items in (60, 120):  # twice as many are twice as many units
        expected = sum(range(items)), items
        assert count(program, "channel", model, *BESIDE, workers, "--items", str(items)) == expected


@pytest.mark.parametrize(("program", "model"), choose("ring"), ids=name)
def test_a_ring_stepped_through(program: Program, model: str) -> None:
    workers = "1" if model == "sequential" else str(RING)
    for passes in (700, 1_400):  # once round and more; twice as many are twice as many units
        holder = next(islice(cycle(range(1, RING + 1)), passes, None))
        assert count(program, "ring", model, "--passes", str(passes), "--workers", workers) == (
            holder,
            passes,
        )


@pytest.mark.parametrize("program", PLAIN, ids=name)
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("spawn", "--depth", "1"), "expected 1, as --depth says how many there are, got 4"),
        (("channel", *BESIDE[:-1], "--items", "9"), "expected 5, one for each producer and consumer, got 4"),
        (("ring", "--passes", "9"), f"expected {RING}, which the ring has, got 4"),
    ],
)
def test_other_workers_than_there_are_is_an_error(
    program: Program, words: tuple[str, ...], said: str
) -> None:
    for mine, model in choose(words[0]):
        if mine == program and model != "sequential":
            finished = program.run(words[0], model, *words[1:], "--workers", "4")
            check_failure(finished, f"{words[0]} {model}: ")
            assert f"argument --workers: {said}" in finished.stderr


@pytest.mark.parametrize(("program", "model"), choose("spawn", "threads", "async"), ids=name)
def test_a_thread_deep_in_the_tree_that_cannot_be_made_is_a_failure(program: Program, model: str) -> None:
    depth = str(THREADS_FIT)  # a leaf, and all above it, are one more
    check_failure(run_limited(program, LIMITS, "spawn", model, "--depth", depth), f"spawn {model}: ")
    assert run_limited(program, LIMITS, "spawn", "sequential", "--depth", depth).returncode == 0


@pytest.mark.parametrize(("program", "model"), choose("spawn", "processes"), ids=name)
def test_a_process_deep_in_the_tree_that_cannot_be_made_is_a_failure(program: Program, model: str) -> None:
    """The tree's root cannot hold a pipe for each of its children."""
    finished = run_limited(program, {resource.RLIMIT_NOFILE: 12}, "spawn", model, "--depth", "1")
    check_failure(finished, f"spawn {model}: OSError: ")


@pytest.mark.parametrize(("program", "model"), choose("channel", "threads"), ids=name)
@pytest.mark.parametrize(("producers", "consumers"), [(1, 6), (6, 1)])
def test_a_producer_or_a_consumer_that_cannot_be_made_is_a_failure(
    program: Program, model: str, producers: int, consumers: int
) -> None:
    words = ("--producers", str(producers), "--consumers", str(consumers), "--workers", "7")
    finished = run_limited(program, LIMITS, "channel", model, "--items", "900", "--capacity", "1", *words)
    check_failure(finished, f"channel {model}: ")


@pytest.mark.parametrize(("program", "model"), choose("ring", "threads"), ids=name)
def test_a_ring_that_cannot_be_closed_is_a_failure(program: Program, model: str) -> None:
    finished = run_limited(program, LIMITS, "ring", model, "--passes", "9", "--workers", str(RING))
    check_failure(finished, f"ring {model}: ")
