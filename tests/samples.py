"""Cases and records with what a test does not care about filled in."""

from __future__ import annotations

import msgspec

from harness.plan import Case
from harness.records import Record

MS = 1_000_000


def case(model: str = "steady", **changes: object) -> Case:
    """A case of the workload `late`, as the fake language has it."""
    fields: dict[str, object] = {
        "id": model,
        "language": "fake",
        "workload": "late",
        "model": model,
        "runtime": "fake-1",
        "workers": 2,
        "arguments": {"limit": 10},
        "fixtures": {},
        "result": 10,
        "units": 10,
        "command": ["bin/python", "-IS", "fake/runner.py"],
        "time_limit_s": 60.0,
        "kind": "cpu",
        "studies": ["late"],
        "baseline": "sequential",
    }
    return msgspec.convert(fields | changes, Case)


def record(name: str = "steady", number: int = 1, elapsed_ms: float = 10, **changes: object) -> Record:
    """A record of one good run, of 20 ms in all."""
    fields: dict[str, object] = {
        "case": name,
        "round": number,
        "order": 1,
        "status": "ok",
        "result": 10,
        "units": 10,
        "elapsed_ns": round(elapsed_ms * MS),
        "wall_ns": round(elapsed_ms * MS) + 5 * MS,
        "user_ns": 6 * MS,
        "system_ns": 3 * MS,
        "voluntary_switches": 4,
        "involuntary_switches": 1,
        "took_ns": 20 * MS,
    }
    return msgspec.convert(fields | changes, Record)
