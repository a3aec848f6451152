"""matmul: its results against a formula in whole numbers, and that its shared memory is gone however a run ends."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from fractions import Fraction
from math import floor
from pathlib import Path

import psutil
import pytest

from harness.paths import ROOT
from harness.plan.check import declare
from tests.runners import TYPICAL, Program
from tests.tree import wait_until

DECLARED = declare().workloads["matmul"]
OWN = [
    (program, model)
    for program, workload, model in TYPICAL
    if workload == "matmul"
    and program.command[0] in {".venv/bin/python", "build/go/runner", "build/cpp/runner"}
]
PUBLISHED = {200: -18_917_917, 500: -47_667_167, 1_500: -143_500_167}


def multiply(n: int, i: int, j: int) -> Fraction:
    """The number in row `i` and column `j` of the product: k runs over (i² - k²) (k² - j²) / n⁴."""
    return Fraction(sum((i * i - k * k) * (k * k - j * j) for k in range(n)), n**4)


def expect(n: int) -> int:
    return floor(multiply(n, n // 2, n // 2) * 10**6 + Fraction(1, 2))


@pytest.mark.parametrize("n", PUBLISHED)
def test_the_formula_gives_what_others_have_published(n: int) -> None:
    assert expect(n) == PUBLISHED[n]


def test_what_is_declared_follows_from_the_formula() -> None:
    for each in [*DECLARED.vectors, *DECLARED.sizes.values()]:
        n = each.arguments.get("n", DECLARED.arguments["n"].default)
        assert isinstance(n, int)
        assert each.result == expect(n)


@pytest.mark.parametrize(("program", "model"), OWN, ids=lambda each: getattr(each, "language", each))
def test_all_of_the_product_comes_back(program: Program, model: str) -> None:
    for n, units in ((2, 1), (17, 17), (33, 4), (34, 50)):
        words = ["--n", str(n), "--units", str(units), "--workers", "1" if model == "sequential" else "2"]
        finished = program.run("matmul", model, *words)
        assert (finished.returncode, finished.stderr) == (0, "")
        report = json.loads(finished.stdout)
        assert (report["result"], report["units"]) == (expect(n), units)
        every = float(sum(multiply(n, i, j) for i in range(n) for j in range(n)))
        assert report["metrics"]["sum_of_product"] == pytest.approx(every, rel=1e-12)


SCRIPT = """
import os, sys, time
sys.path.insert(0, "python")
import workers
from matmul import shared
from matmul.kernel import make

class Told(shared.SharedMemory):
    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        if named:
            print(self.name, flush=True)

def fail(band):
    {failing}

workers.begin()
shared.SharedMemory, shared.multiply = Told, fail
shared.run(make(5), make(5), units=3, workers=2)
"""


def start(failing: str) -> subprocess.Popen[str]:
    """Start a program whose units fail in a certain way; it says the name of its shared memory."""
    words = [sys.executable, "-c", SCRIPT.format(failing=failing)]
    return subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def find_memory(running: subprocess.Popen[str]) -> Path:
    assert running.stdout
    return Path("/dev/shm") / running.stdout.readline().strip()


@pytest.mark.parametrize(
    ("failing", "said"),
    [("raise ValueError('bad band')", "bad band"), ("os._exit(3)", "BrokenProcessPool")],
    ids=["unit", "process"],
)
def test_shared_memory_is_gone_when_a_unit_failed(failing: str, said: str) -> None:
    with start(failing) as running:
        memory = find_memory(running)
        assert memory.name.startswith("psm_")
        _, errors = running.communicate(timeout=60)
    assert running.returncode == 1
    assert said in errors.splitlines()[-1]
    assert "leaked" not in errors
    assert not memory.exists()


def test_shared_memory_is_gone_when_the_program_was_killed() -> None:
    with start("time.sleep(100)") as running:
        memory = find_memory(running)
        assert memory.exists()
        running.kill()
        wait_until(lambda: not memory.exists())


def list_workers(running: subprocess.Popen[str]) -> list[psutil.Process]:
    """The worker processes, of which one may not have been begun yet; the tracker of shared memory is none."""
    found = psutil.Process(running.pid).children()
    return [each for each in found if "resource_tracker" not in " ".join(each.cmdline())]


@pytest.mark.parametrize("model", ["processes", "shared"])
def test_a_worker_that_is_killed_is_a_failure_in_one_line(model: str) -> None:
    words = [
        ".venv/bin/python",
        "python/runner.py",
        "matmul",
        model,
        "--n",
        "600",
        "--units",
        "2",
        "--workers",
        "2",
    ]
    with subprocess.Popen(
        words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        wait_until(lambda: len(list_workers(running)) == 2)
        list_workers(running)[0].send_signal(signal.SIGKILL)
        output, errors = running.communicate(timeout=60)
    assert (running.returncode, output) == (1, "")
    assert errors.startswith(f"runner: matmul {model}: ")
    assert errors.count("\n") == 1


def test_more_than_can_be_shared_is_refused_before_anything_is_made() -> None:
    for program in {program for program, _ in OWN}:
        finished = program.run("matmul", "sequential", "--n", "9" * 30, "--units", "1")
        assert (finished.returncode, finished.stdout) == (2, "")
        assert finished.stderr.startswith(
            "runner: matmul sequential: argument --n: expected at most 1500, got 9"
        )
