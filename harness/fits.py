"""Fits: runs.csv becomes fits.csv: the parameters of models fitted to several cases, or why there are none.

A study names its fits; `FITS` says which function makes each, `make(cases, runs, environment) -> list[Fit]`:
the study's cases, runs.csv and environment.json in, rows of the table out. It groups the cases into lines
(see `group_lines`) and never raises for data that do not support a model: it returns a `Fit` with a reason.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from harness.errors import HarnessError
from harness.plan import Case
from harness.runs import Question

FITS = {
    "scaling": "harness.scaling:fit",
    "bytes_per_worker": "harness.weight:fit_workers",
    "bytes_per_unit": "harness.weight:fit_units",
}
"""Which function of which module makes the fits that a study asks for by name."""

Maker = Callable[[Sequence[Case], pd.DataFrame, Mapping[str, object]], "list[Fit]"]


class Line(NamedTuple):
    """What all cases of a fit have in common."""

    workload: str
    language: str
    runtime: str
    model: str
    arguments: str
    """Those that are not varied, e.g. `limit=1000 delay_ms=5`."""


class Fit(NamedTuple):
    """A row of fits.csv: one parameter of a fitted model, or one refusal."""

    workload: str
    language: str
    runtime: str
    model: str
    arguments: str
    fit: str
    """What was fitted, e.g. `usl`."""
    parameter: str = ""
    """Its unit is in its name, where it has one; empty for a refusal."""
    value: float = math.nan
    low: float = math.nan
    """The lower end of the 95 % interval."""
    high: float = math.nan
    """The upper end; infinite where nothing bounds it."""
    points: int = 0
    """How many cases it was fitted to, or would have been."""
    first: float = math.nan
    """The least of what is varied (workers, units) among these cases."""
    last: float = math.nan
    """The greatest; what a model says beyond it is extrapolated."""
    chosen: bool = False
    """Whether this is the fit of its line that is drawn."""
    reason: str = ""
    """Why there is none; empty unless it was refused."""


COLUMNS = ("study", *Fit._fields)
NUMBERS = ("value", "low", "high", "first", "last")
KINDS = dict.fromkeys(COLUMNS, "str") | dict.fromkeys(NUMBERS, "float") | {"points": "int", "chosen": "bool"}


def tabulate(rows: Sequence[tuple[object, ...]] = ()) -> pd.DataFrame:
    """Make the table of all fits; without rows it still has its columns."""
    return pd.DataFrame(list(rows), columns=list(COLUMNS)).astype(KINDS)


NO_FITS = tabulate()


def read(path: Path) -> pd.DataFrame:
    """Read fits.csv; a run folder from before there were fits has none."""
    if not path.exists():
        return NO_FITS
    return pd.read_csv(path, dtype=KINDS, keep_default_na=False, na_values={name: [""] for name in NUMBERS})


def fit(
    cases: Sequence[Case],
    studies: Mapping[str, Question],
    runs: pd.DataFrame,
    environment: Mapping[str, object],
) -> pd.DataFrame:
    """Make every fit that a study asks for to its cases; raises HarnessError for an unknown one."""
    rows: list[tuple[object, ...]] = []
    for study, question in studies.items():
        mine = [case for case in cases if study in case.studies]
        for name in question.fits:
            if name not in FITS:
                raise HarnessError(f"fit '{name}' of study '{study}': expected one of {', '.join(FITS)}")
            module, _, function = FITS[name].partition(":")
            make: Maker = getattr(importlib.import_module(module), function)
            found = make(mine, runs, environment)
            rows.extend((study, *each) for each in found)
    return tabulate(rows)


def group_lines(cases: Sequence[Case], varied: str = "") -> dict[Line, list[Case]]:
    """Group cases that differ in nothing but their workers, and the argument that is varied, if any."""
    lines: dict[Line, list[Case]] = {}
    for case in cases:
        arguments = [f"{name}={value}" for name, value in case.arguments.items() if name != varied]
        line = Line(case.workload, case.language, case.runtime, case.model, " ".join(arguments))
        lines.setdefault(line, []).append(case)
    return lines
