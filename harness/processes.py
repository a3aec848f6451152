"""Starting programs so that none outlives the harness, not even after `kill -9` (see supervisor.py)."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from harness.declare import ROOT
from harness.errors import HarnessError

SUPERVISOR = Path(__file__).with_name("supervisor.py")


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
        )

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

    def run(self, command: list[str], time_limit_s: float) -> Finished:
        """Run one program; its output is in the files `stdout` and `stderr` afterwards.

        Raises HarnessError if the supervisor itself has gone.
        """
        request = {
            "command": command,
            "time_limit_s": time_limit_s,
            "stdout": str(self.stdout),
            "stderr": str(self.stderr),
        }
        self.stdout.write_bytes(b"")
        self.stderr.write_bytes(b"")
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise TypeError("the supervisor is started with pipes")
        try:
            stdin.write(msgspec.json.encode(request) + b"\n")
            stdin.flush()
            reply = stdout.readline()
        except BrokenPipeError:
            reply = b""
        if not reply:
            raise HarnessError("expected the supervisor process to answer, it has gone: start the run again")
        return msgspec.json.decode(reply, type=Finished)

    def read_stdout(self) -> str:
        """Return what the last program wrote to standard output."""
        return self.stdout.read_text(encoding="utf-8", errors="replace")

    def read_stderr(self) -> str:
        """Return what the last program wrote to standard error."""
        return self.stderr.read_text(encoding="utf-8", errors="replace")
