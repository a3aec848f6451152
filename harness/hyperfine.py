"""hyperfine, the clock of whole processes, asked for one run of one command at a time."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import NamedTuple

import msgspec

from harness.errors import HarnessError


class Timing(NamedTuple):
    """One run, seen from outside."""

    wall_ns: int
    """From before the process was made until it had ended."""

    user_ns: int
    """Its processor time outside the kernel, children included."""

    system_ns: int
    """Its processor time in the kernel, children included."""

    exit_code: int
    """128 + the signal's number where a signal ended it."""


class Result(msgspec.Struct):
    """The part of hyperfine's export that is read; times in seconds."""

    times: list[float]
    user: float
    system: float
    exit_codes: list[int | None]


class Export(msgspec.Struct):
    """hyperfine's `--export-json` of the versions 1.15 and above."""

    results: list[Result]
    schema_version: int = 1
    """Written from hyperfine 2 on."""


class Hyperfine(NamedTuple):
    command: list[str]
    """The command to time."""

    export: Path
    """Where hyperfine writes its figures."""

    program: str = "hyperfine"
    """hyperfine itself."""

    def build(self) -> list[str]:
        """Build the command line."""
        words = [self.program]

        # No shell between hyperfine and the command: its start is not what is timed.
        words.append("--shell=none")

        # Once: the rounds are the harness's, so that a drifting machine falls on all cases alike.
        words.extend(["--runs", "1"])

        # A failure is a row with a status, not the end of the run.
        words.append("--ignore-failure")

        # Nothing of its own on standard output, which belongs to the command.
        words.extend(["--style", "none", "--output", "inherit"])

        words.extend(["--export-json", str(self.export)])
        words.append(shlex.join(self.command))
        return words

    def read(self) -> Timing:
        """Read what hyperfine exported.

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
        except (OSError, IndexError, msgspec.DecodeError) as error:
            raise HarnessError(f"expected figures from hyperfine, got none: {error}") from None
        code = result.exit_codes[0]
        return Timing(
            wall_ns=round(result.times[0] * 1e9),
            user_ns=round(result.user * 1e9),
            system_ns=round(result.system * 1e9),
            exit_code=-1 if code is None else code,
        )
