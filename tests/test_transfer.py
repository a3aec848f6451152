"""transfer: the results that are declared, found in another way; that each round really went there; no trace left."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from harness.paths import ROOT
from harness.plan.check import declare
from tests.runners import PROGRAMS, Program, list_implementations

DECLARED = declare().workloads["transfer"]
HELD = {f"vector {i}": each for i, each in enumerate(DECLARED.vectors)} | DECLARED.sizes
PLAIN = [next(each for each in PROGRAMS if each.language == language) for language in ("python", "go", "cpp")]
PYTHON = PLAIN[0]
PYTHONS = [each for each in PROGRAMS if each.language == "python"]
every_python = pytest.mark.parametrize("program", PYTHONS, ids=lambda program: program.name)


def hash_payload(size: int, shape: str, rounds: int) -> int:
    """Draw all numbers at once, add all that the rounds add at once, and have `sha256sum` hash it."""
    with np.errstate(over="ignore"):
        state = np.uint64(42) + np.arange(1, 8_193, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        mixed = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    block = ((mixed ^ (mixed >> np.uint64(31))) >> np.uint64(11)).astype("<u8")
    elements = (
        np.resize(block.view(np.uint8), size) if shape == "bytes" else np.resize(block, max(size // 8, 1))
    )
    elements += np.asarray(rounds // len(elements)).astype(elements.dtype)
    elements[: rounds % len(elements)] += 1
    hashed = subprocess.run(["sha256sum"], input=elements.tobytes(), capture_output=True, check=True)
    return int.from_bytes(bytes.fromhex(hashed.stdout[:12].decode()), "little")


def run(program: Program, model: str, **arguments: object) -> subprocess.CompletedProcess[str]:
    given = {"size": 100, "shape": "bytes", "rounds": 3, "start": "spawn", **arguments}
    if program.language != "python":
        del given["start"]
    words = [word for name, value in given.items() for word in (f"--{name}", str(value))]
    return program.run("transfer", model, *words)


def list_models(program: Program) -> list[str]:
    return [model for workload, model in list_implementations(program) if workload == "transfer"]


@pytest.mark.parametrize("name", HELD)
def test_declared_results_are_found_in_another_way(name: str) -> None:
    defaults = DECLARED.list_defaults("python")
    given = {**defaults, **HELD[name].arguments}
    assert hash_payload(int(given["size"]), str(given["shape"]), int(given["rounds"])) == HELD[name].result


@pytest.mark.parametrize("program", PLAIN, ids=lambda program: program.language)
@pytest.mark.parametrize("shape", ["bytes", "list", "dict"])
def test_every_round_goes_there(program: Program, shape: str) -> None:
    """What comes back depends on how many rounds there were, and each of them was timed."""
    for model in list_models(program):
        for rounds in (1, 7, 14):
            if (model, shape) in {("shared", "list"), ("shared", "dict")}:
                continue
            finished = run(program, model, shape=shape, rounds=rounds)
            found = json.loads(finished.stdout)
            assert (found["result"], found["units"]) == (hash_payload(100, shape, rounds), rounds), model
            assert len(found["metrics"]["round_trip_ns"]) == rounds


@pytest.mark.parametrize("program", PLAIN, ids=lambda program: program.language)
def test_there_is_one_worker(program: Program) -> None:
    for model in list_models(program):
        if model != "sequential":
            finished = run(program, model, workers=2)
            said = f"runner: transfer {model}: "
            assert (finished.returncode, finished.stdout) == (1, "")
            assert finished.stderr.startswith(said)
            assert finished.stderr.endswith("argument --workers: expected 1, got 2\n")
            assert finished.stderr.count("\n") == 1


@pytest.mark.parametrize("program", PLAIN, ids=lambda program: program.language)
@pytest.mark.parametrize("shape", ["bytes", "list", "dict"])
def test_a_payload_beyond_memory_is_a_failure(program: Program, shape: str) -> None:
    def limit_memory() -> None:
        resource.setrlimit(resource.RLIMIT_DATA, (120 * 2**20, 120 * 2**20))
        # The stacks of threads count, too: with 8 MiB each, Go's runtime may not come as far as the payload.
        resource.setrlimit(resource.RLIMIT_STACK, (2**20, 2**20))

    for model in list_models(program):
        if model == "shared" and shape != "bytes":
            continue
        words = ["--size", "134217728", "--shape", shape, "--rounds", "1"]
        words += ["--start", "spawn"] if program.language == "python" else []
        ended = subprocess.run(
            [*program.command, "transfer", model, *words],
            capture_output=True, text=True, check=False, timeout=60, cwd=ROOT, preexec_fn=limit_memory,
        )  # fmt: skip
        assert (ended.returncode, ended.stdout) == (1, ""), ended.stderr
        assert ended.stderr.startswith(f"runner: transfer {model}: ")
        assert "lower --size" in ended.stderr
        assert ended.stderr.count("\n") == 1


@every_python
def test_a_model_without_a_process_has_no_way_to_make_one(program: Program) -> None:
    for model in {"sequential", "threads", "coroutines", "interpreters"} & set(list_models(program)):
        finished = run(program, model, start="fork")
        assert (finished.returncode, finished.stdout) == (1, "")
        assert finished.stderr.endswith("this model makes no process, got fork\n")
        assert finished.stderr.count("\n") == 1


def test_objects_are_not_shared() -> None:
    finished = run(PYTHON, "shared", shape="list")
    assert (finished.returncode, finished.stdout) == (1, "")
    assert "argument --shape: expected bytes" in finished.stderr


def list_memory(started: subprocess.Popen[str]) -> set[Path]:
    """The shared memory that a runner has, where that is a file."""
    maps = Path(f"/proc/{started.pid}/maps")
    return set(map(Path, re.findall(r"/dev/shm/psm_\S+", maps.read_text()))) if maps.exists() else set()


def count_waits(process: psutil.Process) -> int:
    """How often a process has waited: a worker does in every round, hundreds of times more than others do."""
    return int(process.num_ctx_switches().voluntary)


def begin(program: Program, model: str, start: str) -> tuple[subprocess.Popen[str], list[psutil.Process]]:
    """Start a runner that hands over for a long time, and wait until its worker is at it."""
    words = ["transfer", model, "--size", "1000", "--shape", "bytes", "--rounds", "1000000", "--start", start]
    started = subprocess.Popen(
        [*program.command, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
        start_new_session=True,
    )  # fmt: skip
    until = time.monotonic() + 20
    while time.monotonic() < until:
        children = psutil.Process(started.pid).children(recursive=True)
        if any(count_waits(child) > 1_000 for child in children):
            return started, children
        time.sleep(0.05)
    started.kill()
    pytest.fail("expected a worker process")


@pytest.mark.parametrize("program", [PYTHONS[0], PYTHONS[-1]], ids=lambda program: program.name)
@pytest.mark.parametrize(
    ("model", "start"), [("pipe", "spawn"), ("shared", "fork"), ("shared", "forkserver"), ("shared", "spawn")]
)
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_runner_that_is_killed_leaves_nothing(
    program: Program, model: str, start: str, number: signal.Signals
) -> None:
    started, children = begin(program, model, start)
    memory = list_memory(started)
    if number == signal.SIGINT:
        os.killpg(started.pid, number)  # as from a terminal
    else:
        os.kill(started.pid, number)
    assert started.communicate(timeout=20) == ("", "")
    assert started.returncode == -number
    assert psutil.wait_procs(children, timeout=5)[1] == []
    assert len(memory) == (model == "shared" and sys.platform == "linux")
    assert not any(path.exists() for path in memory)


@pytest.mark.parametrize(
    ("model", "start"),
    [("processes", "spawn"), ("pipe", "fork"), ("pipe", "forkserver"), ("shared", "spawn")],
)
def test_a_worker_that_is_killed_is_a_failed_unit(model: str, start: str) -> None:
    started, children = begin(PYTHON, model, start)
    memory = list_memory(started)
    worker = max(children, key=count_waits)
    worker.kill()
    out, said = started.communicate(timeout=20)
    assert (started.returncode, out, said.count("\n")) == (1, "", 1)
    assert "the worker process to answer, it was killed" in said or "BrokenProcessPool" in said
    assert psutil.wait_procs(children, timeout=5)[1] == []
    assert len(memory) == (model == "shared" and sys.platform == "linux")
    assert not any(path.exists() for path in memory)


FAILING = """
import sys
import transfer.kernel
def change(payload, number):
    raise ValueError("no change")
transfer.kernel.change = change
"""


@every_python
def test_what_a_worker_fails_with_reaches_the_caller(program: Program, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        f"import sys\nsys.path.append({str(ROOT / 'python')!r})\n{FAILING}"
    )
    words = ["--size", "8", "--shape", "bytes", "--rounds", "2", "--start", "spawn"]
    for model in list_models(program):
        ended = subprocess.run(
            [*program.command, "transfer", model, *words],
            capture_output=True, text=True, check=False, timeout=60, cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
        )  # fmt: skip
        assert (ended.returncode, ended.stdout) == (1, ""), model
        assert ended.stderr == f"runner: transfer {model}: ValueError: no change\n"
