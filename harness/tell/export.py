"""Export: the timed runs of a study as hyperfine 1.x writes its own, for its scripts; they label by `command`."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from harness.errors import HarnessError
from harness.plan.cases import Case
from harness.store.collate import IDENTITY
from harness.store.folder import Run
from harness.store.records import Record
from harness.tell.compare import choose_studies

FILE = "hyperfine.json"
Result = dict[str, object]
"""What hyperfine writes of one command. Times in seconds, of the whole process."""


def export(
    run: Run, study: str, patterns: Sequence[str], parameters: Sequence[str]
) -> tuple[Path, list[Result]]:
    """Write the good timed runs of a study, without a name of the first one, into its folder.

    Patterns choose cases by their ids (`*` is any text), parameters are those to keep, in whose order the cases then
    are; without any it is all. Raises HarnessError where that leaves nothing.
    """
    folder = next(iter(choose_studies(run, study).values()))
    plan = folder.plan
    runs: dict[str, list[Record]] = {}
    for record in sorted(folder.read_records(plan), key=lambda each: (each.session, each.round, each.order)):
        if record.status == "ok" and record.phase == "time":
            runs.setdefault(record.case, []).append(record)
    cases = [case for case in choose(plan.cases, patterns) if case.id in runs]
    if not cases:
        raise HarnessError(
            f"expected good timed runs of study {folder.name} to export, got none: choose another"
        )
    known = {name for case in cases for name in list_parameters(case)}
    if unknown := [name for name in parameters if name not in known]:
        raise HarnessError(f"--parameter: expected one of {', '.join(sorted(known))}, got '{unknown[0]}'")
    if parameters:  # its scripts draw in the order of the file
        cases.sort(key=lambda case: [list_parameters(case).get(name, "").rjust(20) for name in parameters])
    results = [describe(case, runs[case.id], parameters or sorted(known)) for case in cases]
    return folder.write_json(FILE, {"results": results}), results


def choose(cases: Sequence[Case], patterns: Sequence[str]) -> list[Case]:
    """Choose the cases that match a pattern; raises HarnessError for one that matches none."""
    found = {pattern: [case.id for case in cases if fnmatchcase(case.id, pattern)] for pattern in patterns}
    if unknown := [pattern for pattern, ids in found.items() if not ids]:
        raise HarnessError(
            f"--case: expected an id, with * for any part, got '{unknown[0]}', which matches none"
        )
    return [case for case in cases if not patterns or any(case.id in ids for ids in found.values())]


def describe(case: Case, runs: Sequence[Record], parameters: Sequence[str]) -> Result:
    """Describe one case's runs, in the order in which they were made."""
    times, user, system = (
        [(getattr(each, name) or 0) / 1e9 for each in runs] for name in ("wall_ns", "user_ns", "system_ns")
    )
    kept = {name: value for name, value in list_parameters(case).items() if name in parameters}
    result: Result = {
        "command": case.id,
        "mean": statistics.fmean(times),
        "stddev": statistics.stdev(times) if len(times) > 1 else None,
        "median": statistics.median(times),
        "user": statistics.fmean(user),
        "system": statistics.fmean(system),
        "min": min(times),
        "max": max(times),
        "times": times,
        "exit_codes": [0] * len(times),
    }
    return {**result, "parameters": kept} if kept else result


def list_parameters(case: Case) -> dict[str, str]:
    """Say what a case is, as hyperfine says what its `--parameter-list` put in."""
    own = {name: getattr(case, name) for name in IDENTITY if name not in ("size", "copy")}
    return {name: str(value) for name, value in {**own, **case.arguments}.items()}
