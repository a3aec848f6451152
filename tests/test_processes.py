"""processes and supervisor: how a program ended, and that nothing of it is left, whatever becomes of us."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from harness.declare import ROOT
from harness.errors import HarnessError
from harness.processes import Supervisor
from tests.tree import PATIENCE_S, wait_until

LONG_S = 600.0

# A child that never ends; it holds the FIFO `lifeline` open, which so tells when the last one is gone.
CHILD = """
import os, signal
lifeline = os.open("lifeline", os.O_WRONLY)
ready, tell = os.pipe()
if os.fork() == 0:
    {setsid}
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.write(tell, b".")
    while True:
        signal.pause()
os.read(ready, 1)
"""
IN_GROUP = CHILD.format(setsid="")
IN_SESSION = CHILD.format(setsid="os.setsid()")
FOR_EVER = """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
os.write(lifeline, b".")
while True:
    signal.pause()
"""

# A harness as far as this module needs one.
DRIVER = """
import sys
from pathlib import Path
from harness.processes import Supervisor
with Supervisor(Path(sys.argv[1])) as supervisor:
    supervisor.run([sys.executable, "-IS", "-c", sys.argv[2]], 600)
"""


def python(program: str) -> list[str]:
    return [sys.executable, "-IS", "-c", program]


@pytest.fixture
def supervisor(scratch: Path) -> Iterator[Supervisor]:
    with Supervisor(scratch) as supervisor:
        yield supervisor


@pytest.fixture
def lifeline(scratch: Path) -> Iterator[int]:
    """The reading end of a FIFO: at its end when the last process that writes to it is gone."""
    os.mkfifo(scratch / "lifeline")
    descriptor = os.open(scratch / "lifeline", os.O_RDONLY | os.O_NONBLOCK)
    yield descriptor
    os.close(descriptor)


def is_at_end(descriptor: int) -> bool:
    try:
        return not os.read(descriptor, 1)
    except BlockingIOError:
        return False


def is_told(descriptor: int) -> bool:
    try:
        return os.read(descriptor, 1) == b"."
    except BlockingIOError:
        return False


def test_output_and_exit_code_are_the_program_s(supervisor: Supervisor) -> None:
    finished = supervisor.run(["sh", "-c", "echo out; echo err >&2; exit 7"], LONG_S)
    assert (finished.exit_code, supervisor.read_stdout(), supervisor.read_stderr()) == (7, "out\n", "err\n")
    assert (finished.timed_out, finished.left_behind, finished.error) == (False, 0, "")


def test_output_of_one_program_is_not_that_of_the_next(supervisor: Supervisor) -> None:
    supervisor.run(["sh", "-c", "echo out; echo err >&2"], LONG_S)
    supervisor.run(["true"], LONG_S)
    assert supervisor.read_stdout() == supervisor.read_stderr() == ""


def test_output_that_is_no_text_is_read_all_the_same(supervisor: Supervisor) -> None:
    supervisor.run(["printf", r"\377"], LONG_S)
    assert supervisor.read_stdout() == "�"


def test_standard_input_is_empty(supervisor: Supervisor) -> None:
    assert supervisor.run(["cat"], LONG_S).exit_code == 0
    assert supervisor.read_stdout() == ""


def test_a_signal_is_a_negative_exit_code(supervisor: Supervisor) -> None:
    assert supervisor.run(["sh", "-c", "kill -SEGV $$"], LONG_S).exit_code == -signal.SIGSEGV


def test_a_program_that_does_not_exist_is_an_error(supervisor: Supervisor) -> None:
    assert supervisor.run(["./nowhere"], LONG_S).error == "./nowhere: No such file or directory"
    assert not supervisor.run(["true"], LONG_S).error


def test_processor_time_is_the_program_s(supervisor: Supervisor) -> None:
    busy = "import time\nwhile time.process_time_ns() < 50_000_000: pass"
    finished = supervisor.run(python(busy), LONG_S)
    assert finished.user_ns + finished.system_ns >= 50_000_000


@pytest.mark.parametrize("child", [IN_GROUP, IN_SESSION], ids=["same group", "own session"])
def test_what_a_program_leaves_behind_is_counted_and_killed(
    supervisor: Supervisor, lifeline: int, child: str
) -> None:
    finished = supervisor.run(python(child), LONG_S)
    assert (finished.exit_code, finished.left_behind, finished.timed_out) == (0, 1, False)
    assert is_at_end(lifeline)


def test_a_child_that_ends_soon_after_its_program_is_not_left_behind(supervisor: Supervisor) -> None:
    finished = supervisor.run(["sh", "-c", "read line < /dev/null & exit 0"], LONG_S)
    assert finished.left_behind == 0


@pytest.mark.parametrize("child", [IN_GROUP, IN_SESSION], ids=["same group", "own session"])
def test_the_time_limit_ends_the_whole_tree(supervisor: Supervisor, lifeline: int, child: str) -> None:
    finished = supervisor.run(python(child + FOR_EVER), 0.5)
    assert finished.timed_out
    wait_until(lambda: is_at_end(lifeline))
    assert supervisor.run(["true"], LONG_S).exit_code == 0


def test_leaving_ends_the_supervisor_and_removes_its_folder(scratch: Path) -> None:
    with Supervisor(scratch) as supervisor:
        folder = supervisor.folder
        supervisor.run(["true"], LONG_S)
        assert folder.is_dir()
    assert not folder.exists()
    assert not psutil.pid_exists(supervisor._process.pid)


def test_a_supervisor_that_has_gone_is_an_error(supervisor: Supervisor) -> None:
    supervisor._process.kill()
    supervisor._process.wait()
    with pytest.raises(HarnessError, match="expected the supervisor process to answer, it has gone"):
        supervisor.run(["true"], LONG_S)


@pytest.mark.parametrize("child", [IN_GROUP, IN_SESSION], ids=["same group", "own session"])
def test_kill_9_of_the_harness_leaves_no_process_and_no_folder(
    scratch: Path, lifeline: int, child: str
) -> None:
    environment = os.environ | {"TMPDIR": str(scratch), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", DRIVER, str(scratch), child + FOR_EVER]
    with subprocess.Popen(command, env=environment) as driver:
        wait_until(lambda: is_told(lifeline) or driver.poll() is not None)
        below = psutil.Process(driver.pid).children(recursive=True)
        driver.kill()
    assert len(below) >= 2
    gone, alive = psutil.wait_procs(below, PATIENCE_S)
    assert (len(gone), alive) == (len(below), [])
    wait_until(lambda: is_at_end(lifeline))
    assert not list(scratch.glob("side-by-side-*"))
