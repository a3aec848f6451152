"""A million records through collate, summarise and chart: seconds and memory of each verb.

    python -m benchmarks.million RUN [--records 1000000]

The cases are those of the run folder; their records are generated around what was measured there. Each verb
is a process of its own, as Make calls them.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec
import numpy as np
import pandas as pd
from msgspec.structs import replace

from harness.declare import ROOT
from harness.records import Record
from harness.runs import Run

VERBS = ("collate", "summarise", "chart")


def generate(run: Run, folder: Path, count: int) -> int:
    """Write a run folder with the same cases and so many records; returns how many."""
    records = run.journal.read()
    good = {each.case: each for each in records if each.status == "ok" and each.phase == "time"}
    rounds = -(-count // len(good))
    random = np.random.default_rng(0)
    (folder / "plan.json").write_bytes(msgspec.json.encode(run.plan))
    (folder / "environment.json").write_bytes(msgspec.json.encode(run.environment))
    with (folder / "records.jsonl").open("wb") as file:
        for number in range(1, rounds + 1):
            factors = np.exp(random.normal(0, 0.03, len(good)))
            varied = [vary(*each, number) for each in zip(good.values(), factors, strict=True)]
            file.write(b"".join(msgspec.json.encode(record) + b"\n" for record in varied))
    return rounds * len(good)


def vary(record: Record, factor: float, number: int) -> Record:
    """Make one more record like another, of another round."""
    times = {name: round((getattr(record, name) or 0) * factor) for name in ("elapsed_ns", "wall_ns")}
    return replace(record, round=number, **times)


def watch(verb: str, folder: Path) -> tuple[float, float]:
    """Run a verb; returns its seconds and its peak memory in MiB."""
    begin_s = time.monotonic()
    process = subprocess.Popen([sys.executable, "-m", "harness", verb, str(folder)], cwd=ROOT)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"harness {verb} ended with {process.returncode}")
    return time.monotonic() - begin_s, usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def main() -> None:
    """Generate, run, write the table; exit 1 above 30 s or 2 GB."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the run folder that gets benchmarks/million.csv")
    parser.add_argument("--records", type=int, default=1_000_000)
    arguments = parser.parse_args()
    run = Run(arguments.folder)
    with tempfile.TemporaryDirectory() as name:
        count = generate(run, Path(name), arguments.records)
        found = {verb: watch(verb, Path(name)) for verb in VERBS}
    total_s, peak_mib = sum(s for s, _ in found.values()), max(mib for _, mib in found.values())
    rows = [(verb, count, f"{s:.1f}", f"{mib:.0f}") for verb, (s, mib) in found.items()]
    rows.append(("all", count, f"{total_s:.1f}", f"{peak_mib:.0f}"))
    table = pd.DataFrame(rows, columns=["verb", "records", "seconds", "peak memory, MiB"])
    run.write_table("benchmarks/million.csv", table)
    print(table.to_string(index=False))
    if total_s > 30 or peak_mib > 2000:
        raise SystemExit("expected less than 30 s and 2 GB")


if __name__ == "__main__":
    main()
