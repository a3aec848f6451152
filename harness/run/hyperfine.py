"""hyperfine, the clock of whole processes, asked for one run of one command at a time."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import NamedTuple

import msgspec

from harness.errors import HarnessError
from harness.paths import ROOT
from harness.run.attempt import Ran
from harness.run.contract import last_line, name_signal
from harness.run.processes import Finished, Supervisor


class Result(msgspec.Struct):
    """The part of hyperfine's export that is read; times in seconds."""

    times: list[float]
    user: float
    system: float
    exit_codes: list[int | None]


class Export(msgspec.Struct):
    """hyperfine's `--export-json` of the versions 1.15 and above, below 2."""

    results: list[Result]


class Hyperfine(NamedTuple):
    """A way to run a program: under hyperfine, once."""

    supervisor: Supervisor
    program: tuple[str, ...] = ("hyperfine",)
    cwd: Path = ROOT

    @property
    def export(self) -> Path:
        """Where hyperfine writes its figures."""
        return self.supervisor.folder / "hyperfine.json"

    def build(self, command: list[str]) -> list[str]:
        """Build the command line."""
        words = [*self.program]

        # No shell between hyperfine and the command: its start is not what is timed.
        words.append("--shell=none")

        # Once: the rounds are the harness's, so that a drifting machine falls on all cases alike.
        words.extend(["--runs", "1"])

        # A failure is a row with a status, not the end of the run.
        words.append("--ignore-failure")

        # Nothing of its own on standard output, which belongs to the command.
        words.extend(["--style", "none", "--output", "inherit"])

        words.extend(["--export-json", str(self.export)])
        words.append(shlex.join(command))
        return words

    def run(self, command: list[str], time_limit_s: float) -> Ran:
        """Time one run; there are no times where it had to be killed.

        Raises HarnessError if it is hyperfine itself that failed: that says nothing of the program.
        """
        self.export.unlink(missing_ok=True)
        finished = self.supervisor.run(self.build(command), time_limit_s)
        switches = {
            "voluntary_switches": finished.voluntary_switches,
            "involuntary_switches": finished.involuntary_switches,
        }
        if finished.timed_out:
            return Ran(finished, finished.exit_code, dict(switches))
        if not os.access(self.cwd / command[0], os.X_OK):
            return Ran(Finished(error=f"{command[0]}: not there, or not a program"), 0, {})
        self._require(finished)
        code, times = self._read()
        return Ran(finished, code, {**times, **switches})

    def _require(self, finished: Finished) -> None:
        """Raise HarnessError unless hyperfine itself ended well."""
        if finished.error:
            raise HarnessError(f"{finished.error}: run 'make doctor'")
        if finished.exit_code < 0:
            raise HarnessError(
                f"hyperfine was ended by {name_signal(-finished.exit_code)}: find out by whom, then resume"
            )
        if finished.exit_code:
            cause = last_line(self.supervisor.read_stderr())
            raise HarnessError(
                f"hyperfine could not time a run: {cause or 'it does not say why'}: mend it, then resume"
            )

    def _read(self) -> tuple[int, dict[str, int | str | None]]:
        """Read what hyperfine exported: the program's exit status, and times.

        Raises HarnessError if there is no export, or one of a version that is not understood.
        """
        try:
            data = self.export.read_bytes()
            version = msgspec.json.decode(data, type=dict[str, object]).get("schema_version", 1)
            if version != 1:
                raise HarnessError(
                    f"expected hyperfine 1.15 or a later 1.x, got one that writes JSON of schema {version}: "
                    "run 'make doctor'"
                )
            result = msgspec.json.decode(data, type=Export).results[0]
            code, times = result.exit_codes[0], (result.times[0], result.user, result.system)
        except (OSError, IndexError, msgspec.DecodeError) as error:
            raise HarnessError(
                f"expected figures from hyperfine, got none: {error}: is the disk full?"
            ) from None
        names = ("wall_ns", "user_ns", "system_ns")
        return -1 if code is None else code, {
            name: round(s * 1e9) for name, s in zip(names, times, strict=True)
        }
