"""Starting programs so that none outlives the harness, not even after `kill -9` (see supervisor.py)."""

from __future__ import annotations

import contextlib
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from harness.declare import ROOT
from harness.errors import HarnessError

SUPERVISOR = Path(__file__).with_name("supervisor.py")
PAUSE_S = 0.002  # between two looks at a program that is watched


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
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(SUPERVISOR), str(self.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=cwd,
            bufsize=0,  # so that a line which is there makes the pipe readable
        )

    @property
    def pid(self) -> int:
        """The pid of the small process, of which every program is a child or a later descendant."""
        return self._process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the supervisor, and with it the program under way and the scratch folder."""
        with self._process as process, contextlib.suppress(BrokenPipeError):
            if process.stdin:
                process.stdin.close()
        shutil.rmtree(self.folder, ignore_errors=True)  # still there if the supervisor was killed

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
        again while it runs. Raises HarnessError if the supervisor itself has gone.
        """
        request = {
            "command": command,
            "time_limit_s": time_limit_s,
            "stdout": str(self.stdout),
            "stderr": str(self.stderr),
            "group": group,
        }
        self.stdout.write_bytes(b"")
        self.stderr.write_bytes(b"")
        reply = self._ask(msgspec.json.encode(request), watch)
        if not reply:
            raise HarnessError("expected the supervisor process to answer, it has gone: start the run again")
        return msgspec.json.decode(reply, type=Finished)

    def _ask(self, request: bytes, watch: Callable[[int], object] | None) -> bytes:
        """Send one request and return the answer; empty if the supervisor has gone."""
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise TypeError("the supervisor is started with pipes")
        with contextlib.suppress(BrokenPipeError):
            stdin.write(request + b"\n")
        pid = int(stdout.readline() or 0)
        begin_s, pause_s = time.monotonic(), 0.0
        while pid and watch and not select.select([stdout], [], [], pause_s)[0]:
            watch(pid)
            pause_s = min(PAUSE_S, (time.monotonic() - begin_s) / 10)  # some programs are over in as little
        return stdout.readline()

    def read_stdout(self) -> str:
        """Return what the last program wrote to standard output."""
        return self.stdout.read_text(encoding="utf-8", errors="replace")

    def read_stderr(self) -> str:
        """Return what the last program wrote to standard error."""
        return self.stderr.read_text(encoding="utf-8", errors="replace")
