"""A checkout of fake languages with a harness of its own, in which `python -m harness` runs."""

from __future__ import annotations

import os
import select
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import NamedTuple

import msgspec
import psutil

from harness.declare import HARNESS, Declarations, declare
from harness.plan import Case, Filters, find_runners, make_plan
from harness.processes import Supervisor
from harness.records import Record
from tests import launch

FAKE = Path(__file__).with_name("fake")
WITHOUT_FILE = ("unwritten", "needless")
PATIENCE_S = 60.0  # how long to wait for what must happen before calling it a failure


class Ended(NamedTuple):
    """How a harness ended."""

    code: int
    stdout: str
    stderr: str


class Harness(NamedTuple):
    """A `python -m harness` that was started."""

    process: ForkServerProcess
    stdout: Path
    stderr: Path

    def wait(self) -> Ended:
        """Wait for its end."""
        self.process.join(PATIENCE_S)
        code = self.process.exitcode
        assert code is not None, f"still running: {self.stdout.read_text()}{self.stderr.read_text()}"
        return Ended(code, self.stdout.read_text(), self.stderr.read_text())

    def send(self, number: int) -> None:
        """Send it a signal."""
        assert self.process.pid is not None
        os.kill(self.process.pid, number)

    def press_ctrl_c(self) -> None:
        """Do what a terminal does on Ctrl-C: its whole process group gets the signal."""
        assert self.process.pid is not None
        os.killpg(self.process.pid, signal.SIGINT)


class Tree:
    """The checkout."""

    def __init__(self, root: Path, scratch: Path) -> None:
        self.root = root
        self.scratch = scratch
        """What TMPDIR is for its harnesses."""
        self.results = root / "results"
        self._started: list[Harness] = []
        shutil.copytree(HARNESS, root / "harness", ignore=shutil.ignore_patterns("*.toml"))
        shutil.copytree(FAKE / "harness", root / "harness", dirs_exist_ok=True)
        (root / "fake").mkdir()
        shutil.copy(FAKE / "runner.py", root / "fake")
        (root / "bin").mkdir()
        (root / "bin" / "python").symlink_to(sys.executable)
        for name, workload in ((name, root / "fake" / name) for name in self.declare().workloads):
            workload.mkdir()
            for model in self.declare().languages["fake"].models:
                if model not in WITHOUT_FILE:
                    (workload / f"{model}.txt").write_text(f"{name} {model}\n")

    def declare(self) -> Declarations:
        """Read its declarations."""
        return declare(self.root / "harness")

    def plan(self, supervisor: Supervisor, *, quick: bool = True, **filters: list[str]) -> list[Case]:
        """List its cases."""
        declarations = self.declare()
        runners = find_runners(declarations, supervisor, self.root)
        return make_plan(declarations, runners, Filters(**filters), quick=quick, cores=2, root=self.root)

    def start(self, *words: str, largest_file: int | None = None) -> Harness:
        """Start a harness in it."""
        number = len(self._started)
        stdout, stderr = (self.scratch / f"{name}{number}" for name in ("stdout", "stderr"))
        paths = (str(stdout), str(stderr), str(self.scratch))
        process = launch.start(str(self.root), list(words), *paths, largest_file)
        self._started.append(Harness(process, stdout, stderr))
        return self._started[-1]

    def run(self, *words: str, largest_file: int | None = None) -> Ended:
        """Run a harness in it to the end."""
        return self.start(*words, largest_file=largest_file).wait()

    @property
    def run_folder(self) -> Path:
        """Its only run folder."""
        (folder,) = (path.parent for path in self.results.glob("*/plan.json"))
        return folder

    def read_records(self) -> list[Record]:
        """Read the records of its only run folder; every line must be whole."""
        data = (self.run_folder / "records.jsonl").read_bytes()
        assert data.endswith(b"\n")
        return [msgspec.json.decode(line, type=Record) for line in data.splitlines()]

    def processes(self) -> list[psutil.Process]:
        """List the processes that run in it: harnesses, supervisors, hyperfines, runners."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if Path(process.cwd()) == self.root:
                    found.append(process)
        return found

    def leftovers(self) -> list[str]:
        """List the scratch folders in TMPDIR."""
        return [path.name for path in self.scratch.glob("side-by-side-*/")]

    def stop(self) -> None:
        """End what a test has started; fails if that leaves a process."""
        for harness in self._started:
            harness.process.kill()
            harness.process.join()
        try:
            wait_until(lambda: not self.processes())
        finally:
            for process in self.processes():
                process.kill()


class Gate:
    """Where the fake model `waiting` waits: each of its runs begins with `started` and ends with `open`."""

    def __init__(self, root: Path) -> None:
        self.paths = [root / "started", root / "gate"]
        for path in self.paths:
            os.mkfifo(path)
        self._started = os.open(self.paths[0], os.O_RDWR)  # a writer of our own: it never is at its end

    def await_run(self, harness: Harness) -> None:
        """Wait until a run is under way."""
        ready, _, _ = select.select([self._started, harness.process.sentinel], [], [], PATIENCE_S)
        assert self._started in ready, harness.wait()
        os.read(self._started, 1)

    def open(self) -> None:
        """Let the run go on."""
        self.paths[1].write_bytes(b"")

    def close(self) -> None:
        """Let every run go on from now."""
        for path in self.paths:
            path.unlink(missing_ok=True)
        os.close(self._started)


@contextmanager
def hold_gate(tree: Tree) -> Iterator[Gate]:
    """Make runs of the model `waiting` wait."""
    gate = Gate(tree.root)
    try:
        yield gate
    finally:
        gate.close()


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for what the system gives no event for."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        select.select([], [], [], 0.01)
