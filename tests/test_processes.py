"""processes and supervisor: how a program ended, and that nothing of it is left, whatever becomes of us."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from harness.errors import HarnessError
from harness.paths import ROOT
from harness.run import processes
from harness.run.gauges import list_groups
from harness.run.processes import Group, Supervisor, list_marked

LONG_S = 600.0
PATIENCE_S = 60.0
SIGNALS = [signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM]

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

# A harness as far as this module needs one: hyperfine under the supervisor, the runner under hyperfine.
DRIVER = """
import shlex, signal, sys
from pathlib import Path
from harness.run.processes import Supervisor
signal.signal(signal.SIGINT, signal.default_int_handler)
for number in (signal.SIGHUP, signal.SIGQUIT, signal.SIGTERM):
    signal.signal(number, signal.SIG_DFL)  # nohup, or a shell that put us in the background, may ignore them
runner = shlex.join([sys.executable, "-IS", "-c", sys.argv[2]])
quiet = ["--style", "none", "--output", "inherit"]
with Supervisor(Path(sys.argv[1])) as supervisor:
    supervisor.run(["hyperfine", "--shell", "none", "--runs", "1", *quiet, runner], 600)
"""


def python(program: str) -> list[str]:
    return [sys.executable, "-IS", "-c", program]


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


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
    assert not psutil.pid_exists(supervisor.pid)
    assert not list_marked(folder)


def kill_both(supervisor: Supervisor) -> None:
    supervisor._guardian.kill()
    os.kill(supervisor.pid, signal.SIGKILL)


@pytest.mark.parametrize(
    "kill",
    [
        kill_both,
        lambda supervisor: supervisor._guardian.kill(),
        lambda supervisor: os.kill(supervisor.pid, signal.SIGKILL),
        *(lambda supervisor, number=number: os.kill(supervisor.pid, number) for number in SIGNALS),
        *(lambda supervisor, number=number: supervisor._guardian.send_signal(number) for number in SIGNALS),
    ],
)
def test_a_supervisor_that_has_gone_is_an_error(
    supervisor: Supervisor, kill: Callable[[Supervisor], None]
) -> None:
    kill(supervisor)
    supervisor._guardian.wait(PATIENCE_S)
    wait_until(lambda: not list_marked(supervisor.folder))
    with pytest.raises(HarnessError, match="expected the supervisor process to answer, it has gone"):
        supervisor.run(["true"], LONG_S)


def test_a_supervisor_that_is_stopped_before_a_program_starts_is_an_error(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "START_S", 0.1)
    os.kill(supervisor.pid, signal.SIGSTOP)
    with pytest.raises(HarnessError, match="expected the supervisor process to answer, it is stuck"):
        supervisor.run(["true"], LONG_S)


def test_a_supervisor_that_is_stopped_under_way_is_an_error_and_leaving_ends_the_program(
    scratch: Path, lifeline: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "MARGIN_S", 0.1)
    with Supervisor(scratch) as supervisor:

        def stop(_: int) -> None:
            os.kill(supervisor.pid, signal.SIGSTOP)

        with pytest.raises(HarnessError, match="expected the supervisor process to answer, it is stuck"):
            supervisor.run(python(IN_SESSION + FOR_EVER), 0.5, watch=stop)
        assert list_marked(supervisor.folder)
    assert not list_marked(supervisor.folder)
    assert not supervisor.folder.exists()
    is_told(lifeline)
    wait_until(lambda: is_at_end(lifeline))


def test_a_time_limit_beyond_all_bounds_is_none(supervisor: Supervisor) -> None:
    for time_limit_s in (1e300, float("inf")):
        assert supervisor.run(["sleep", "0.01"], time_limit_s).exit_code == 0


def test_no_room_for_output_is_said_with_the_remedy(supervisor: Supervisor) -> None:
    supervisor.stdout.symlink_to("/dev/full")
    supervisor.stdout = Path("/dev/full/no-folder")
    with pytest.raises(HarnessError, match=r"expected room in TMPDIR, got: .*: free some"):
        supervisor.run(["true"], LONG_S)


class Driver(NamedTuple):
    """A harness whose runner has a child."""

    harness: psutil.Process
    guardian: psutil.Process
    supervisor: psutil.Process
    below: list[psutil.Process]
    """All of them but the harness."""

    def get(self, who: str) -> psutil.Process:
        found: psutil.Process = getattr(self, who)
        return found


@pytest.fixture(params=[IN_GROUP, IN_SESSION], ids=["same group", "own session"])
def driver(request: pytest.FixtureRequest, scratch: Path, lifeline: int) -> Iterator[Driver]:
    """A harness in a process group of its own, its runner under way; nothing of it may be left."""
    environment = os.environ | {"TMPDIR": str(scratch), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", DRIVER, str(scratch), request.param + FOR_EVER]
    with subprocess.Popen(command, env=environment, process_group=0, stderr=subprocess.DEVNULL) as started:
        wait_until(lambda: is_told(lifeline) or started.poll() is not None)
        harness = psutil.Process(started.pid)
        below = harness.children(recursive=True)
        assert len(below) == 5, "guardian, supervisor, hyperfine, the runner and its child"
        guardian = harness.children()[0]
        yield Driver(harness, guardian, guardian.children()[0], below)
        try:
            started.wait(PATIENCE_S)
            wait_until(lambda: not any(is_alive(process) for process in below))
            wait_until(lambda: is_at_end(lifeline))
            assert not list(scratch.glob("side-by-side-*"))
        finally:
            for process in [harness, *below]:
                if process.is_running():
                    process.kill()


def is_alive(process: psutil.Process) -> bool:
    """Tell whether it runs: one that has ended may wait for init to collect it."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


PARTS = ("harness", "guardian", "supervisor")


@pytest.mark.parametrize(
    "victims", [*itertools.permutations(PARTS, 1), *itertools.permutations(PARTS, 2)], ids=" ".join
)
def test_kill_9_leaves_no_process_and_no_folder(driver: Driver, victims: tuple[str, ...]) -> None:
    """Two of three at once: the third is enough."""
    for who in victims:
        with contextlib.suppress(psutil.NoSuchProcess):  # it was faster
            driver.get(who).kill()


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_to_the_process_group_leaves_nothing(driver: Driver, number: int) -> None:
    """A terminal that closes sends SIGHUP to it, Ctrl-C sends SIGINT."""
    os.killpg(driver.harness.pid, number)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("stopped", ["guardian", "supervisor"])
def test_what_is_stopped_does_not_survive_the_harness(driver: Driver, stopped: str, number: int) -> None:
    driver.get(stopped).suspend()
    driver.harness.send_signal(number)


def test_ctrl_c_ends_a_guardian_and_a_supervisor_that_are_both_stopped(driver: Driver) -> None:
    driver.guardian.suspend()
    driver.supervisor.suspend()
    driver.harness.send_signal(signal.SIGINT)


def find_group() -> Group | None:
    membership = Path("/proc/self/cgroup")
    known = membership.read_text() if membership.exists() else ""
    return next(list_groups(Path("/sys/fs/cgroup"), known), None)


@pytest.mark.skipif(find_group() is None, reason="no control group can be made here")
@pytest.mark.parametrize("kill", [kill_both, lambda supervisor: os.kill(supervisor.pid, signal.SIGKILL)])
def test_kill_9_under_way_leaves_no_control_group(scratch: Path, kill: Callable[[Supervisor], None]) -> None:
    group = find_group()
    assert group is not None
    with Supervisor(scratch) as supervisor:
        made = Path(group.parent, f"side-by-side-{supervisor.pid}")
        seen = []

        def look(_: int) -> None:
            seen.append(made.exists())
            if len(seen) == 1:
                kill(supervisor)

        with pytest.raises(HarnessError, match="it has gone"):
            supervisor.run(["sleep", "600"], LONG_S, group=group, watch=look)
    assert seen[0]
    assert not made.exists()
