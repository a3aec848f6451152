"""Starting programs so that none outlives the harness, not even after `kill -9` (see supervisor.py)."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import msgspec

from harness.errors import HarnessError
from harness.paths import ROOT
from harness.run.supervisor import MARK, clean

SUPERVISOR = Path(__file__).with_name("supervisor.py")
PAUSE_S = 0.002  # between two looks at a program that is watched
START_S = 30.0  # for the supervisor to start, or to start a program
MARGIN_S = 30.0  # beyond a program's time limit, for the supervisor to end it and all that it started
LEAVE_S = 3.0  # for the supervisor to end in order, which it does in one second even if half of it is stopped
LONGEST_S = 1e6  # no program runs for longer than that, whatever its time limit
ROOM_BYTES = 2**16  # what must be free in TMPDIR for what programs print
REMEDY = "start the run again"


class Group(msgspec.Struct, frozen=True):
    """Where the supervisor can make a control group (cgroup) that counts a program's memory."""

    home: str
    """The folder of the group that the supervisor is in."""
    parent: str
    """The folder of the group in which the program's is made."""


class Finished(msgspec.Struct, frozen=True):
    """How a program ended, and what it and its children used."""

    exit_code: int = 0
    """Negative: the signal that ended it."""
    timed_out: bool = False
    left_behind: int = 0
    """Processes that it started and that were still running a second after it ended."""
    user_ns: int = 0
    system_ns: int = 0
    voluntary_switches: int = 0
    involuntary_switches: int = 0
    peak_bytes: int | None = None
    """The most memory that its control group was charged with; None where it had none."""
    error: str = ""
    """Why it could not be started."""


class Supervisor:
    """Runs programs one at a time, through a small process that cleans up after them."""

    def __init__(self, cwd: Path = ROOT) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="side-by-side-"))
        """A scratch folder, which ends with the supervisor."""
        self.stdout = self.folder / "stdout"
        self.stderr = self.folder / "stderr"
        self._guardian = subprocess.Popen(
            [sys.executable, "-I", "-S", str(SUPERVISOR), str(self.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=cwd,
            env=os.environ | {MARK: str(self.folder)},
            bufsize=0,  # so that a line which is there makes the pipe readable
            start_new_session=True,  # signals to our group or terminal are for us alone
        )
        try:
            self.pid = int(self._await_line(time.monotonic() + START_S))
            """The small process of which every program is a child or a later descendant."""
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the supervisor, and with it the program under way and the scratch folder."""
        stdin, stdout = self._get_pipes()
        stdin.close()
        try:
            self._guardian.wait(LEAVE_S)
        except subprocess.TimeoutExpired:
            self._guardian.kill()
            self._guardian.wait()
        stdout.close()
        if self._guardian.returncode:  # it was killed, and may not have been the only one
            end_marked(self.folder)
        clean(self.folder)

    def run(
        self,
        command: list[str],
        time_limit_s: float,
        *,
        group: Group | None = None,
        watch: Callable[[int], object] | None = None,
    ) -> Finished:
        """Run one program; its output is in the files `stdout` and `stderr` afterwards.

        Where it is given, a control group is made for it, and `watch` is called with its pid again and
        again while it runs. Raises HarnessError if the supervisor itself has gone, or does not answer.
        """
        time_limit_s = min(time_limit_s, LONGEST_S)
        request = {
            "command": command,
            "time_limit_s": time_limit_s,
            "stdout": str(self.stdout),
            "stderr": str(self.stderr),
            "group": group,
        }
        with self._say_trouble():
            self.stdout.write_bytes(b"")
            self.stderr.write_bytes(b"")
            self._get_pipes()[0].write(msgspec.json.encode(request) + b"\n")
        pid = int(self._await_line(time.monotonic() + START_S))
        deadline = time.monotonic() + time_limit_s + MARGIN_S
        reply = self._await_line(deadline, partial(watch, pid) if pid and watch else None)
        finished = msgspec.json.decode(reply, type=Finished)
        if (
            finished.exit_code
        ):  # for want of room for what it printed, perhaps: that is not the program's fault
            with self._say_trouble():
                (self.folder / "room").write_bytes(bytes(ROOM_BYTES))
                (self.folder / "room").unlink()
        return finished

    def _await_line(self, deadline: float, watch: Callable[[], object] | None = None) -> bytes:
        """Return what the supervisor says next; `watch` is called again and again meanwhile."""
        _, stdout = self._get_pipes()
        begin_s = now_s = time.monotonic()
        while True:
            # Some programs are over in as little as the pause between two looks.
            pause_s = min(PAUSE_S, (now_s - begin_s) / 10) if watch else deadline - now_s
            if select.select([stdout], [], [], max(0.0, pause_s))[0]:
                line = stdout.readline()
                if not line:
                    raise HarnessError(f"expected the supervisor process to answer, it has gone: {REMEDY}")
                return line
            if (now_s := time.monotonic()) >= deadline:
                raise HarnessError(f"expected the supervisor process to answer, it is stuck: {REMEDY}")
            if watch:
                watch()

    @contextlib.contextmanager
    def _say_trouble(self) -> Iterator[None]:
        """Raise HarnessError where the supervisor has gone, or there is no room for what programs print."""
        try:
            yield
        except (BrokenPipeError, FileNotFoundError):
            raise HarnessError(f"expected the supervisor process to answer, it has gone: {REMEDY}") from None
        except OSError as error:
            raise HarnessError(f"expected room in TMPDIR, got: {error.strerror}: free some") from None

    def _get_pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        stdin, stdout = self._guardian.stdin, self._guardian.stdout
        if stdin is None or stdout is None:
            raise TypeError("the supervisor is started with pipes")
        return stdin, stdout

    def read_stdout(self) -> str:
        """Return what the last program wrote to standard output."""
        return self.stdout.read_text(encoding="utf-8", errors="replace")

    def read_stderr(self) -> str:
        """Return what the last program wrote to standard error."""
        return self.stderr.read_text(encoding="utf-8", errors="replace")


def end_marked(scratch: Path) -> None:
    """Kill what a supervisor has started, wherever it is now: all that has the mark in its environment."""
    deadline = time.monotonic() + MARGIN_S
    while (pids := list_marked(scratch)) and time.monotonic() < deadline:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(PAUSE_S)


def list_marked(scratch: Path) -> list[int]:
    """List the processes, the supervisor's own among them; none where the system does not tell."""
    mark = f"{MARK}={scratch}".encode()
    found = []
    for file in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if mark in file.read_bytes().split(b"\0"):
                found.append(int(file.parent.name))
    return found
