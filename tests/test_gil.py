"""The Python runner says whether there was a GIL, in every worker, and refuses one where there must be none."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from harness.paths import ROOT
from tests.runners import PROGRAMS, Program

PYTHONS = [each for each in PROGRAMS if each.language == "python"]
every_python = pytest.mark.parametrize("program", PYTHONS, ids=lambda program: program.name)
WORDS = ("--limit", "1000", "--units", "4", "--workers", "2")
METHODS = ("fork", "spawn", "forkserver")

# Does what the runner does, then tells what the worker processes noted.
DRIVER = """
import os, pathlib, runner, workers
if __name__ == "__mp_main__":
    workers.begin_spawned()
if __name__ == "__main__":
    runner.perform(["primes", "processes", "--limit", "1000", "--units", "4", "--workers", "2"])
    print(pathlib.Path(os.environ[workers.RUNNER_NOTES]).read_text().split())
"""
PRETEND = """
import sysconfig
ask = sysconfig.get_config_var
sysconfig.get_config_var = lambda name: 1 if name == "Py_GIL_DISABLED" else ask(name)
"""


def ask_build(program: Program) -> int:
    """Ask an interpreter whether it was built to do without a GIL."""
    text = "import sysconfig; print(int(bool(sysconfig.get_config_var('Py_GIL_DISABLED'))))"
    asked = subprocess.run(
        [ROOT / program.command[0], "-c", text], capture_output=True, text=True, check=True
    )
    return int(asked.stdout)


@every_python
@pytest.mark.parametrize("model", ["threads", "processes"])
def test_a_run_says_whether_there_was_a_gil(program: Program, model: str) -> None:
    free = ask_build(program)
    finished = program.run("primes", model, *WORDS)
    assert finished.stderr == ""
    assert json.loads(finished.stdout)["facts"] == {"free_threaded": free, "gil_enabled": 1 - free}


@every_python
@pytest.mark.parametrize("method", METHODS)
def test_worker_processes_note_it_however_they_are_started(
    program: Program, method: str, tmp_path: Path
) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        f"import multiprocessing\nmultiprocessing.set_start_method('{method}', force=True)\n"
    )
    driver = tmp_path / "driver.py"
    driver.write_text(DRIVER)
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}:{ROOT / 'python'}"}
    finished = subprocess.run(
        [ROOT / program.command[0], driver],
        capture_output=True, text=True, check=True, env=environment, timeout=60,
    )  # fmt: skip
    enabled = str(1 - ask_build(program))
    assert finished.stdout == f"{[enabled, enabled]}\n"


@every_python
@pytest.mark.parametrize("model", ["threads", "processes"])
def test_a_build_without_gil_that_has_one_fails(program: Program, model: str, tmp_path: Path) -> None:
    """Where none is at hand, one that has a GIL and says that it was built without."""
    (tmp_path / "sitecustomize.py").write_text(PRETEND)
    pretending = {} if ask_build(program) else {"PYTHONPATH": str(tmp_path)}
    environment = {**os.environ, "PYTHON_GIL": "1" if ask_build(program) else "", **pretending}
    finished = subprocess.run(
        [*program.command, "primes", model, *WORDS],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=60,
        env={name: value for name, value in environment.items() if value},
    )  # fmt: skip
    assert (finished.returncode, finished.stdout) == (1, "")
    assert "expected no GIL in a free-threaded build, got one" in finished.stderr
    assert finished.stderr.count("\n") == 1
