"""A checkout of fake languages with a harness of its own, in which `python -m harness` runs."""

from __future__ import annotations

import os
import select
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import NamedTuple

import msgspec
import psutil

from harness.paths import HARNESS, ROOT
from harness.plan.cases import Case, Filters, Place, StudyPlan, plan_study
from harness.plan.declarations import Declarations
from harness.plan.runners import complete, find_runners
from harness.run.processes import Supervisor
from harness.store.folder import Plan, Run, StudyFolder
from harness.store.records import Record
from tests import launch
from tests.samples import FAKE, read_fakes

PRESENTATION = ROOT / "presentation"
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
        shutil.copytree(PRESENTATION, root / "presentation")
        (root / "fake").mkdir()
        shutil.copy(FAKE / "runner.py", root / "fake")
        (root / "bin").mkdir()
        (root / "bin" / "python").symlink_to(sys.executable)
        for name in self.declare().workloads:
            (root / "fake" / name).mkdir()
            for model in self.declare().languages["fake"].models:
                if model not in WITHOUT_FILE:
                    (root / "fake" / name / f"{model}.txt").write_text(f"{name} {model}\n")

    def declare(self) -> Declarations:
        """Read its declarations."""
        return read_fakes(self.root / "harness")

    def plan(
        self, supervisor: Supervisor, study: str = "late", *, quick: bool = True, **filters: list[str]
    ) -> StudyPlan:
        """Plan one of its studies, for two cores."""
        declarations = self.declare()
        runners = [
            complete(each, declarations.languages[each.language], supervisor)
            for each in find_runners(declarations, supervisor, self.root)
        ]
        return plan_study(Place(declarations, runners, 2, self.root), study, Filters(**filters), quick=quick)

    def list_cases(self, supervisor: Supervisor, study: str = "late", *models: str) -> list[Case]:
        """List the cases of some models of a study, as `--quick` has them."""
        return [case for case in self.plan(supervisor, study).cases if case.model in models]

    def write(self, name: str, text: str) -> None:
        """Write one of its files."""
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(text)

    def write_program(self, name: str, text: str) -> str:
        """Write a program into it; returns its path."""
        self.write(name, text)
        (self.root / name).chmod(0o755)
        return str(self.root / name)

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace a text that one of its files has."""
        text = (self.root / name).read_text()
        assert old in text
        self.write(name, text.replace(old, new))

    def start(
        self, *words: str, environment: Mapping[str, str] | None = None, largest_file: int | None = None
    ) -> Harness:
        """Start a harness in it."""
        number = len(self._started)
        stdout, stderr = (self.scratch / f"{name}{number}" for name in ("stdout", "stderr"))
        surroundings = {"TMPDIR": str(self.scratch), **(environment or {})}
        process = launch.start(
            str(self.root), list(words), (str(stdout), str(stderr)), surroundings, largest_file
        )
        self._started.append(Harness(process, stdout, stderr))
        return self._started[-1]

    def run(
        self, *words: str, environment: Mapping[str, str] | None = None, largest_file: int | None = None
    ) -> Ended:
        """Run a harness in it to the end."""
        return self.start(*words, environment=environment, largest_file=largest_file).wait()

    @property
    def run_folder(self) -> Path:
        """Its only run folder."""
        (folder,) = (path.parent for path in self.results.glob("*/run.json"))
        return folder

    def study(self, name: str = "late") -> StudyFolder:
        """One study of its only run folder."""
        return Run(self.run_folder).study(name)

    def read_plan(self, study: str = "late") -> Plan:
        """Read the plan of a study of its only run folder."""
        return self.study(study).plan

    def read_records(self, study: str = "late") -> list[Record]:
        """Read the records of a study of its only run folder; every line must be whole."""
        path = self.study(study).journal.path
        data = path.read_bytes() if path.exists() else b""
        assert not data or data.endswith(b"\n")
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
        """List the scratch folders in TMPDIR, and those of fixtures."""
        names = ("side-by-side-*/", "shelf-*/")
        return [path.name for name in names for path in self.scratch.glob(name)]

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
