"""Export: the timed runs of a run folder as hyperfine 1.x writes its own, for what reads those.

Its `scripts/` label by `command`, which here is the case's id. Some of them want a part only: two commands
(`welch_ttest.py`), or one parameter, a number (`plot_parametrized.py`); hence the choices of both.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Literal

import msgspec
import pandas as pd

from harness.errors import HarnessError
from harness.plan import Case

IDENTITY = ("workload", "language", "model", "runtime", "workers")

Quantity = Literal["wall_ns", "elapsed_ns"]


class Result(msgspec.Struct, frozen=True, omit_defaults=True):
    """What hyperfine writes of one command. Times in seconds."""

    command: str
    """The case's id."""
    mean: float
    stddev: float | None
    """Of the sample; None where there was only one run."""
    median: float
    user: float
    """The mean; of the whole process, as `system` is."""
    system: float
    min: float
    max: float
    times: list[float]
    """In the order of the rounds."""
    exit_codes: list[int]
    parameters: dict[str, str] = {}
    """Left out where there are none."""


class Export(msgspec.Struct, frozen=True):
    """The whole file."""

    results: list[Result]


def export(
    cases: Sequence[Case], runs: pd.DataFrame, quantity: Quantity = "wall_ns", parameters: Sequence[str] = ()
) -> Export:
    """Make hyperfine's export of all good timed runs, in seconds; cases without one are left out.

    `quantity` is what is called a time. `parameters` are those to keep, in whose order the cases then are;
    an empty list keeps all, and the order of the plan. Raises HarnessError for a parameter that no case has,
    and where there is no good run at all.
    """
    timed = runs[(runs["status"] == "ok") & (runs["phase"] == "time") & (runs["round"] > 0)]
    groups = timed.sort_values("round", kind="stable").groupby("case", observed=True, sort=False)
    good = {str(name): rows for name, rows in groups}
    measured = [case for case in cases if case.id in good]
    if not measured:
        raise HarnessError("expected at least one good run to export, got none: measure these cases first")
    known = sorted({name for case in measured for name in list_parameters(case)})
    for name in parameters:
        if name not in known:
            raise HarnessError(f"--parameter: expected one of {', '.join(known)}, got '{name}'")
    if parameters:
        measured.sort(key=lambda case: [align(list_parameters(case).get(name, "")) for name in parameters])
    return Export([describe(case, good[case.id], quantity, parameters or known) for case in measured])


def align(value: str) -> str:
    """Make numbers as texts sort as numbers do."""
    return value.rjust(20)


def describe(case: Case, rows: pd.DataFrame, quantity: Quantity, parameters: Sequence[str]) -> Result:
    """Describe one case's good runs, given in the order of the rounds."""
    seconds = rows[[quantity, "user_ns", "system_ns"]].astype(float) / 1e9
    times, user, system = (seconds[name].tolist() for name in seconds)
    return Result(
        command=case.id,
        mean=statistics.fmean(times),
        stddev=statistics.stdev(times) if len(times) > 1 else None,
        median=statistics.median(times),
        user=statistics.fmean(user),
        system=statistics.fmean(system),
        min=min(times),
        max=max(times),
        times=times,
        exit_codes=[0] * len(times),
        parameters={name: value for name, value in list_parameters(case).items() if name in parameters},
    )


def list_parameters(case: Case) -> dict[str, str]:
    """Say what a case is, as hyperfine says what its `--parameter-list` put in."""
    identity = {name: getattr(case, name) for name in IDENTITY}
    return {name: str(value) for name, value in (identity | case.arguments).items()}


def choose_cases(cases: Sequence[Case], patterns: Sequence[str]) -> list[Case]:
    """Choose the cases whose id matches one of the patterns; no pattern chooses all.

    In a pattern `*` stands for anything. Raises HarnessError for one that no case matches.
    """
    for pattern in patterns:
        if not any(fnmatchcase(case.id, pattern) for case in cases):
            raise HarnessError(
                f"--case: expected an id as in summary.csv, with * for any part, got '{pattern}', "
                "which no case matches"
            )
    return [
        case for case in cases if not patterns or any(fnmatchcase(case.id, pattern) for pattern in patterns)
    ]
